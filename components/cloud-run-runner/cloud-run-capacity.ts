import type { Rule } from "../runner-workload/argument-check.ts";

/** What one instance may use. */
export interface CloudRunCapacity {
  readonly cpuMillicores: number;
  readonly memoryMebibytes: number;
}

/** Memory in MiB that a worker pool may have, by its processors (Cloud Run documentation, "Configure CPU limits
 * for worker pools", "vCPU and memory table"). */
const memoryByCpu: Readonly<Record<number, readonly [minimum: number, maximum: number]>> = {
  1: [512, 4_096],
  2: [512, 8_192],
  4: [2_048, 16_384],
  6: [4_096, 24_576],
  8: [4_096, 32_768],
};

/** A combination that Cloud Run takes for worker pools. */
export const cloudRunCapacityRule: Rule<CloudRunCapacity> = ({
  cpuMillicores,
  memoryMebibytes,
}) => {
  const bounds = memoryByCpu[cpuMillicores / 1_000];
  if (bounds === undefined) {
    return "must be one of 1000, 2000, 4000, 6000, 8000 on Cloud Run";
  }
  const [minimum, maximum] = bounds;
  return memoryMebibytes >= minimum && memoryMebibytes <= maximum
    ? undefined
    : `must go with a memoryMebibytes from ${minimum} to ${maximum}`;
};
