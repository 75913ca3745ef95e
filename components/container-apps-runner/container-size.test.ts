import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { problemsOf, settingsOf } from "../../test/support/argument-problems.ts";
import { type ContainerSize, checkContainerSize } from "./container-size.ts";

function problems(size: ContainerSize): readonly string[] {
  return problemsOf((check) => checkContainerSize(size, check));
}

test("only the pairs of processor time and memory that the platform has are taken", () => {
  for (const [cpuMillicores, memoryMebibytes] of [
    [250, 512],
    [500, 1_024],
    [1_750, 3_584],
    [4_000, 8_192],
  ] as const) {
    expect(problems({ cpuMillicores, memoryMebibytes })).toEqual([]);
  }
  for (const cpuMillicores of [0, 249, 251, 300, 4_001, 4_250]) {
    expect(problems({ cpuMillicores, memoryMebibytes: 512 })).toEqual([
      expect.stringMatching(
        new RegExp(`^cpuMillicores must be one of 250, 500, .*, 4000; given: ${cpuMillicores}$`),
      ),
    ]);
  }
  for (const memoryMebibytes of [511, 513, 1_024]) {
    expect(problems({ cpuMillicores: 250, memoryMebibytes })).toEqual([
      `memoryMebibytes must be 512 with cpuMillicores 250: 512 MiB for each 250 thousandths of a core; given: ${memoryMebibytes}`,
    ]);
  }
});

test("a size that is not known when the program runs is checked when it is", async () => {
  const size = { cpuMillicores: pulumi.output(500), memoryMebibytes: 1_024 };
  const fits = settingsOf((check) => checkContainerSize(size, check));
  const known = await new Promise((resolve) => {
    pulumi.output(fits).apply(resolve);
  });
  expect(known).toEqual({ cpuMillicores: 500, memoryMebibytes: 1_024 });
});
