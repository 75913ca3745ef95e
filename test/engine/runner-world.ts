import type { TargetRunner } from "holdfast/runner-deployment/runner-targets.ts";
import { onTestFinished } from "vitest";
import type { StandInProvider } from "../support/providers/stand-in-provider.ts";
import type { StandInCall } from "../support/providers/stand-in-world.ts";
import { type StandIns, startStandIns } from "../support/providers/start-stand-ins.ts";
import { makeStack, type TestStack } from "./engine-world.ts";

// What the tests of runners' components have in common: stacks whose clouds are stand-ins, and what these were told.

/** Stand-ins for the test that runs; stopped when it has finished. */
export async function standInsForTest(providers: readonly StandInProvider[]): Promise<StandIns> {
  const standIns = await startStandIns(providers);
  onTestFinished(standIns.stop);
  return standIns;
}

/** A stack that has nothing, whose clouds are these. */
export async function emptyStack({ environment }: StandIns): Promise<TestStack> {
  return await makeStack({ environment });
}

/** What was done, in order, as `METHOD NAME`; what failed as well. */
export function doneIn({ calls }: StandIns): readonly string[] {
  return callTexts(calls.filter(({ isPreview, method }) => !isPreview && method !== "read"));
}

/** The calls that changed something, or failed to, in order, as `METHOD NAME`. */
export function changesOf(calls: readonly StandInCall[]): readonly string[] {
  return callTexts(
    calls.filter(({ isPreview, method }) => !isPreview && method !== "read" && method !== "invoke"),
  );
}

/** The calls that changed something since the last look, as `METHOD NAME`. */
export function takeChanges(standIns: StandIns): readonly string[] {
  const changes = changesOf(standIns.calls);
  standIns.forgetCalls();
  return changes;
}

/** A credentials file with a canary where its secrets are. */
export function canaryCredentials(generation: number): string {
  return JSON.stringify({
    type: "holdfast_runner_credentials",
    generation,
    privateKey: `canary-key-${generation}`,
    apiKey: `canary-api-key-${generation}`,
  });
}

/** What the component of every target shows, for a program to return. */
export function commonOutputs(runner: TargetRunner): TargetRunner {
  const { identityPrincipal, secretReference, credentialsFingerprint, workloadName } = runner;
  return { identityPrincipal, secretReference, credentialsFingerprint, workloadName };
}

function callTexts(calls: readonly StandInCall[]): readonly string[] {
  return calls.map(({ method, name }) => `${method} ${name}`);
}
