import { Failure } from "@holdfast/foundation/failure.ts";
import type { Secret } from "@holdfast/foundation/secret.ts";
import {
  type CredentialsDocument,
  credentialsFileSchema,
  formatCredentialsFile,
} from "@holdfast/protocol/identity/credentials-file.ts";

/**
 * Completes a credentials file that was minted from a certificate request with the key it was made with.
 *
 * @param endpoints where the control plane is now, if that has changed since.
 * @throws {Failure} `credentials.invalid` if the control plane answered something else; no value is repeated.
 */
export function fillInPrivateKey(
  credentialsFile: string,
  privateKey: Secret<string>,
  endpoints?: CredentialsDocument["endpoints"],
): string {
  const read = credentialsFileSchema.safeParse(parse(credentialsFile));
  if (!read.success || read.data.privateKey !== "") {
    throw new Failure(
      "credentials.invalid",
      "The control plane did not answer with a credentials file that waits for its private key.",
    );
  }
  return formatCredentialsFile({
    ...read.data,
    ...(endpoints === undefined ? {} : { endpoints }),
    privateKey: privateKey.expose(),
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
