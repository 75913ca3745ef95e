import type { CredentialsDocument } from "@holdfast/protocol/identity/credentials-file.ts";

/** A credentials file of the right form that opens nothing, with `changes` over it. */
export function testCredentials(changes: Partial<CredentialsDocument> = {}): CredentialsDocument {
  return {
    type: "holdfast_runner_credentials",
    version: 1,
    organization: { id: "org_0123456789ABCDEFGHIJKL", name: "acme" },
    runner: { id: "run_0123456789ABCDEFGHIJKL", name: "prod" },
    generation: 1,
    endpoints: { tunnel: "localhost:8443", api: "localhost:8444" },
    certificateAuthority: "-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----\n",
    certificate: "-----BEGIN CERTIFICATE-----\nB\n-----END CERTIFICATE-----\n",
    privateKey: "-----BEGIN PRIVATE KEY-----\ncanary-key\n-----END PRIVATE KEY-----\n",
    apiKey: "hf_canary",
    expiresAt: "2026-12-01T00:00:00Z",
    ...changes,
  };
}
