import type { Clock } from "@holdfast/foundation/clock.ts";
import { Failure } from "@holdfast/foundation/failure.ts";
import type { FailureCode } from "@holdfast/foundation/failure-catalog.ts";
import type { Log } from "@holdfast/foundation/log.ts";
import type { Random } from "@holdfast/foundation/random.ts";
import type { Secret } from "@holdfast/foundation/secret.ts";
import type { Access } from "../access/access.ts";
import type { Caller } from "../access/caller.ts";
import {
  type AuthenticateApiKey,
  addressOf,
  apiKeyOf,
  type PresentedProof,
  throttleKeyOf,
} from "../api/authentication.ts";
import type { CallLimits } from "../api/call-limits.ts";
import type { Handler } from "../api/handler.ts";
import {
  type RunnerTrust,
  type VerifiedRunnerCertificate,
  verifyRunnerCertificate,
} from "../authority/verify-runner-certificate.ts";
import { type Admission, admitRunner } from "../runners/admit-runner.ts";
import { authenticateRunner, type RunnerAuthentication } from "../runners/authenticate-runner.ts";
import type { RunnerDependencies } from "../runners/runner-dependencies.ts";
import type { Storage } from "../stores.ts";
import type { TunnelRegistry } from "./tunnel-registry.ts";

/** What the tunnel listener's server needs. */
export interface TunnelServerDependencies {
  readonly storage: Storage;
  readonly access: Access;
  readonly limits: CallLimits;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly tunnels: TunnelRegistry;
  readonly runners: RunnerDependencies;
  readonly trust: RunnerTrust;
  readonly proveKey: AuthenticateApiKey;
  /** Answers for runners beside the tunnel. */
  readonly handlers: readonly Handler[];
  /** The certificate that a peer presented, DER, verified or not; by grpc-js' name of the peer. */
  readonly certificateOf: (peer: string) => Uint8Array | undefined;
}

/** A service account that has been proved. */
export type ProvedServiceAccount = Extract<RunnerAuthentication, { readonly ok: true }>;

/** The verified certificate behind a call. @throws {Failure} `certificate.*` */
export function certificateOfCall(
  deps: TunnelServerDependencies,
  peer: string,
): VerifiedRunnerCertificate {
  const verdict = verifyRunnerCertificate(deps.certificateOf(peer), deps.trust, deps.clock.nowMs());
  if (!verdict.ok) {
    throw new Failure(verdict.code, verdict.message);
  }
  return verdict.certificate;
}

/**
 * A runner that calls beside its tunnel proves both things again, for every call: its certificate and
 * its API key, of one and the same runner.
 */
export async function identifyRunner(
  deps: TunnelServerDependencies,
  proof: PresentedProof,
): Promise<Caller> {
  const certificate = certificateOfCall(deps, proof.getPeer());
  const token = apiKeyOf(proof.metadata);
  const admission = await admitRunner(deps, { certificate, claimed: certificate.name });
  if (!admission.ok) {
    throw new Failure(admission.code, admission.message);
  }
  const proved = await proveServiceAccount(deps, { token, peer: proof.getPeer() }, admission);
  return {
    kind: "runner",
    serviceAccountId: proved.serviceAccountId,
    organizationId: admission.runner.organizationId,
    runnerId: admission.runner.id,
    generation: admission.credentials.generation,
    apiKeyId: proved.apiKeyId,
  };
}

/**
 * The second proof: the API key is the one of the runner that was admitted. Who fails too often, by key or
 * by address, is refused for a while before anything is looked up.
 *
 * @param presented the key, and who presents it as grpc-js names it.
 * @throws {Failure} `identity.*`, `access.insufficient_permission`
 */
export async function proveServiceAccount(
  deps: TunnelServerDependencies,
  presented: { readonly token: Secret<string>; readonly peer: string },
  admitted: Extract<Admission, { readonly ok: true }>,
): Promise<ProvedServiceAccount> {
  const address = addressOf(presented.peer);
  const keyId = throttleKeyOf(presented.token, address);
  await deps.limits.refuseThrottled(keyId, address);
  const proved = await authenticateRunner(
    {
      authenticateApiKey: deps.proveKey,
      isViewer: (account) => deps.access.isViewer(account),
    },
    presented.token,
    admitted,
  );
  if (!proved.ok) {
    await deps.limits.countFailure(keyId, address);
    throw new Failure(proved.code, proved.message);
  }
  return proved;
}

/** Codes after which the same credentials can succeed later without anybody changing them. */
const transientCodes: ReadonlySet<FailureCode> = new Set([
  "identity.throttled",
  "control_plane.internal",
  "control_plane.unavailable",
  "control_plane.shutting_down",
  "tunnel.timeout",
]);

/** Whether trying again with the same credentials cannot help. */
export function isPermanent(code: FailureCode): boolean {
  return !transientCodes.has(code);
}
