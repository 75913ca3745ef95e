import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  RunnerConnectionState,
  type RunnerCredentialsSchema,
  type RunnerSchema,
} from "@holdfast/protocol/generated/holdfast/v1/runner_pb.ts";
import type { Runner, RunnerCredentials } from "../../runners/runner.ts";
import type { Tunnel, Tunnels } from "../../tunnel/tunnels.ts";
import { momentOf, momentOrNone } from "../page-mapping.ts";

/** A runner with the tunnels that it has open now. */
export function runnerToMessage(
  runner: Runner,
  tunnels: Tunnels,
): MessageInitShape<typeof RunnerSchema> {
  const open = tunnels.ofRunner(runner.id);
  return {
    id: runner.id,
    organizationId: runner.organizationId,
    name: runner.name,
    description: runner.description,
    enabled: runner.isEnabled,
    serviceAccountId: runner.serviceAccountId ?? "",
    createdAt: momentOf(runner.createdAtMs),
    ...momentOrNone("lastSeenAt", runner.lastSeenAtMs),
    connectionState: stateOf(open),
    tunnels: open.map(({ identity, roundTripMs }) => ({
      id: identity.tunnelId,
      generation: identity.generation,
      connectedAt: momentOf(identity.connectedAtMs),
      runnerVersion: identity.runnerVersion,
      roundTripMs: Math.round(roundTripMs ?? 0),
    })),
  };
}

function stateOf(open: readonly Tunnel[]): RunnerConnectionState {
  if (open.length === 0) {
    return RunnerConnectionState.DISCONNECTED;
  }
  return open.every(({ isDraining }) => isDraining)
    ? RunnerConnectionState.DRAINING
    : RunnerConnectionState.CONNECTED;
}

/** A generation of credentials, without any secret. */
export function credentialsToMessage(
  credentials: RunnerCredentials,
): MessageInitShape<typeof RunnerCredentialsSchema> {
  return {
    generation: credentials.generation,
    certificateSerial: credentials.certificateSerial,
    certificateFingerprint: credentials.certificateFingerprint,
    apiKeyId: credentials.apiKeyId,
    createdAt: momentOf(credentials.createdAtMs),
    expiresAt: momentOf(credentials.expireAtMs),
    ...momentOrNone("revokedAt", credentials.revokedAtMs),
    ...momentOrNone("revokeAfter", credentials.revokeAfterMs),
    ...momentOrNone("firstConnectedAt", credentials.firstConnectedAtMs),
  };
}
