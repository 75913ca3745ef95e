import { Failure } from "@holdfast/foundation/failure.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import type { RunnerCredentialsFile } from "@holdfast/protocol/identity/credentials-file.ts";
import type { SealingKeyPair } from "@holdfast/protocol/sealing/seal.ts";
import type { RunnerOperation } from "../tunnel/tunnel-client.ts";

/**
 * Opens inline credentials that came sealed with an operation. They open only for this process, this
 * organization, connection, runner and operation.
 *
 * @throws {Failure} `cloud.credentials_invalid` if they were sealed for another, or changed.
 */
export async function openInlineCredentials(
  operation: RunnerOperation,
  { organization, runner }: RunnerCredentialsFile,
  keys: SealingKeyPair,
): Promise<Secret<string>> {
  const binding = {
    organizationId: organization.id,
    connectionId: operation.connection?.id ?? "",
    runnerId: runner.id,
    operationId: operation.operationId,
  };
  try {
    const opened = await keys.open(binding, operation.sealedCredentials ?? new Uint8Array());
    const text = new TextDecoder("utf-8", { fatal: true }).decode(opened);
    opened.fill(0);
    return new Secret(text);
  } catch (cause) {
    throw notSealedForUs(cause);
  }
}

function notSealedForUs(cause: unknown): Failure {
  return new Failure(
    "cloud.credentials_invalid",
    "The inline credentials were not sealed for this operation of this runner.",
    { cause },
  );
}
