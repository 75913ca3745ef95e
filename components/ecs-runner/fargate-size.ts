import type { Rule } from "../runner-workload/argument-check.ts";
import { oneOfRule } from "../runner-workload/argument-rules.ts";

/** Processor time and memory of a task. */
export interface FargateSize {
  /** Thousandths of a core. */
  readonly cpuMillicores: number;
  readonly memoryMebibytes: number;
}

/** Memory that goes with an amount of processor time, in MiB: from, to, in steps of. */
interface MemoryRange {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/**
 * By thousandths of a core. Amazon ECS Developer Guide, "Task definition parameters for Fargate", "Task size":
 * 512, 1,024 and 2,048 MiB for a quarter of a core, and ranges for the others.
 */
const sizes: ReadonlyMap<number, MemoryRange | readonly number[]> = new Map<
  number,
  MemoryRange | readonly number[]
>([
  [250, [512, 1_024, 2_048]],
  [500, { from: 1_024, to: 4_096, step: 1_024 }],
  [1_000, { from: 2_048, to: 8_192, step: 1_024 }],
  [2_000, { from: 4_096, to: 16_384, step: 1_024 }],
  [4_000, { from: 8_192, to: 30_720, step: 1_024 }],
  [8_000, { from: 16_384, to: 61_440, step: 4_096 }],
  [16_000, { from: 32_768, to: 122_880, step: 8_192 }],
]);

/** Thousandths of a core that Fargate has. */
export const fargateCpuRule: Rule<number> = (value) =>
  oneOfRule([...sizes.keys()].map(String))(String(value));

/** Memory that Fargate has for that much processor time; silent where that itself is wrong. */
export const fargateSizeRule: Rule<FargateSize> = ({ cpuMillicores, memoryMebibytes }) => {
  const allowed = sizes.get(cpuMillicores);
  if (allowed === undefined) {
    return undefined;
  }
  if ("step" in allowed) {
    const { from, to, step } = allowed;
    const isInRange = memoryMebibytes >= from && memoryMebibytes <= to;
    return isInRange && (memoryMebibytes - from) % step === 0
      ? undefined
      : `must be from ${from} to ${to} in steps of ${step} where cpuMillicores is ${cpuMillicores}`;
  }
  return allowed.includes(memoryMebibytes)
    ? undefined
    : `must be one of ${allowed.join(", ")} where cpuMillicores is ${cpuMillicores}`;
};

/** The same in the units of a task definition: 1,024 to a core. */
export function fargateCpuUnits(cpuMillicores: number): string {
  return String((cpuMillicores * 1_024) / 1_000);
}
