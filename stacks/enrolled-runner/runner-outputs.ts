import type { TargetRunner } from "holdfast/runner-deployment/runner-targets.ts";
import type { EnrolledRunner } from "./enrolled-runner.ts";

/** What every stack of a hosting target shows: who the runner is, and what it runs as. None of it is secret. */
export function runnerOutputs(
  { runner, identity }: EnrolledRunner,
  workload: TargetRunner,
): Record<string, unknown> {
  return {
    runnerId: runner.id,
    generation: identity.generation,
    identityPrincipal: workload.identityPrincipal,
    secretReference: workload.secretReference,
    credentialsFingerprint: workload.credentialsFingerprint,
    workloadName: workload.workloadName,
  };
}
