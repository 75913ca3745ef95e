import * as pulumi from "@pulumi/pulumi";
import type { ArgumentCheck, Rule } from "../runner-workload/argument-check.ts";

const stepMillicores = 250;
const stepMebibytes = 512;
const stepsMax = 16;

/** Processor time that the consumption profile gives (Container Apps, "Containers", "Allocations"). */
const cpuMillicoresRule: Rule<number> = (value) => {
  const steps = value / stepMillicores;
  return Number.isInteger(steps) && steps >= 1 && steps <= stepsMax
    ? undefined
    : `must be one of ${Array.from({ length: stepsMax }, (_, index) => (index + 1) * stepMillicores).join(", ")}`;
};

/** Memory that goes with a processor time: only pairs are allowed (ibid.). */
function memoryProblem(cpuMillicores: number, memoryMebibytes: number): string | undefined {
  const wanted = (cpuMillicores / stepMillicores) * stepMebibytes;
  return memoryMebibytes === wanted
    ? undefined
    : `must be ${wanted} with cpuMillicores ${cpuMillicores}: 512 MiB for each 250 thousandths of a core`;
}

/** Checks both: what is known now, and what is not before anything that depends on it is made. */
export function checkContainerSize(
  { cpuMillicores, memoryMebibytes }: ContainerSize,
  check: ArgumentCheck,
): ContainerSize {
  const cpu = check.check("cpuMillicores", cpuMillicores, cpuMillicoresRule);
  if (typeof cpuMillicores === "number" && cpuMillicoresRule(cpuMillicores) !== undefined) {
    return { cpuMillicores: cpu, memoryMebibytes };
  }
  if (typeof cpuMillicores === "number" && typeof memoryMebibytes === "number") {
    const rule: Rule<number> = (memory) => memoryProblem(cpuMillicores, memory);
    return {
      cpuMillicores: cpu,
      memoryMebibytes: check.check("memoryMebibytes", memoryMebibytes, rule),
    };
  }
  const both = check.check(
    "memoryMebibytes",
    pulumi.all([cpu, memoryMebibytes]),
    ([cores, memory]) => memoryProblem(cores, memory),
  );
  return { cpuMillicores: cpu, memoryMebibytes: pulumi.output(both).apply(([, memory]) => memory) };
}

/** Processor time in thousandths of a core, and memory in MiB. */
export interface ContainerSize {
  readonly cpuMillicores: pulumi.Input<number>;
  readonly memoryMebibytes: pulumi.Input<number>;
}
