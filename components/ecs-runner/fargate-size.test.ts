import { describe, expect, test } from "vitest";
import { fargateCpuRule, fargateCpuUnits, fargateSizeRule } from "./fargate-size.ts";

const isAllowed = (cpuMillicores: number, memoryMebibytes: number): boolean =>
  fargateSizeRule({ cpuMillicores, memoryMebibytes }) === undefined;

describe("sizes of Fargate", () => {
  test.each([
    { cpu: 250, allowed: [512, 1_024, 2_048], refused: [256, 768, 1_536, 3_072] },
    { cpu: 500, allowed: [1_024, 2_048, 4_096], refused: [512, 1_025, 5_120] },
    { cpu: 1_000, allowed: [2_048, 8_192], refused: [1_024, 2_560, 9_216] },
    { cpu: 2_000, allowed: [4_096, 16_384], refused: [3_072, 17_408] },
    { cpu: 4_000, allowed: [8_192, 30_720], refused: [7_168, 31_744] },
    { cpu: 8_000, allowed: [16_384, 20_480, 61_440], refused: [12_288, 17_408, 65_536] },
    { cpu: 16_000, allowed: [32_768, 40_960, 122_880], refused: [24_576, 36_864, 131_072] },
  ])("$cpu thousandths of a core have the memory of the vendor's table and no other", (row) => {
    expect(row.allowed.filter((memory) => !isAllowed(row.cpu, memory))).toEqual([]);
    expect(row.refused.filter((memory) => isAllowed(row.cpu, memory))).toEqual([]);
  });

  test("what is wrong names what is allowed", () => {
    expect(fargateCpuRule(300)).toBe("must be one of 250, 500, 1000, 2000, 4000, 8000, 16000");
    expect(fargateSizeRule({ cpuMillicores: 250, memoryMebibytes: 700 })).toBe(
      "must be one of 512, 1024, 2048 where cpuMillicores is 250",
    );
    expect(fargateSizeRule({ cpuMillicores: 8_000, memoryMebibytes: 700 })).toBe(
      "must be from 16384 to 61440 in steps of 4096 where cpuMillicores is 8000",
    );
  });

  test("a processor time that is wrong is said once, and not again of the memory", () => {
    expect(fargateSizeRule({ cpuMillicores: 300, memoryMebibytes: 700 })).toBeUndefined();
  });

  test("a core is 1,024 units", () => {
    expect([250, 500, 1_000, 16_000].map(fargateCpuUnits)).toEqual(["256", "512", "1024", "16384"]);
  });
});
