import { expect, test } from "vitest";
import { cloudRunCapacityRule } from "./cloud-run-capacity.ts";

test.each([
  [1_000, 511, false],
  [1_000, 512, true],
  [1_000, 4_096, true],
  [1_000, 4_097, false],
  [2_000, 8_192, true],
  [2_000, 8_193, false],
  [4_000, 2_047, false],
  [4_000, 2_048, true],
  [6_000, 24_576, true],
  [8_000, 4_095, false],
  [8_000, 32_768, true],
  [8_000, 32_769, false],
  [999, 512, false],
  [1_500, 512, false],
  [3_000, 4_096, false],
  [250, 512, false],
])(
  "%i thousandths of a processor with %i MiB: the vendor takes it is %s",
  (cpuMillicores, memoryMebibytes, isTaken) => {
    expect(cloudRunCapacityRule({ cpuMillicores, memoryMebibytes }) === undefined).toBe(isTaken);
  },
);
