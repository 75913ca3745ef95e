import type { ApiClient } from "@holdfast/protocol/grpc/client.ts";
import type { RunnerCredentialsFile } from "@holdfast/protocol/identity/credentials-file.ts";
import type { SealingKeyPair } from "@holdfast/protocol/sealing/seal.ts";
import { referencesOf } from "../control-plane/reference-client.ts";
import { openInlineCredentials } from "../credentials/open-inline-credentials.ts";
import type { OperationServices } from "../operations/operation.ts";

/** The services of one tunnel; the first operation may arrive in the same moment as its acceptance. */
export interface TunnelServices extends OperationServices {
  /** Hands over the channel of the tunnel, once it is open. */
  opened(api: ApiClient): void;
}

/** What operations that come through one tunnel may use of it. */
export function tunnelServices(
  credentials: RunnerCredentialsFile,
  keys: SealingKeyPair,
): TunnelServices {
  const channel = Promise.withResolvers<ApiClient>();
  return {
    opened: (api) => channel.resolve(api),
    references: (operationId) => ({
      resolve: async (references, signal) => {
        const api = await channel.promise;
        return await referencesOf(api, operationId).resolve(references, signal);
      },
    }),
    openCredentials: async (operation) => await openInlineCredentials(operation, credentials, keys),
  };
}
