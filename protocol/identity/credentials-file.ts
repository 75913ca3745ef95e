import { Failure } from "@holdfast/foundation/failure.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import { z } from "zod";

const pem = (label: string) =>
  z.string().regex(new RegExp(`^-----BEGIN ${label}-----\n`), `must be PEM text of a ${label}`);

/** Shape of the credentials file; docs/reference/credentials-file.schema.json is printed from this. */
export const credentialsFileSchema = z.strictObject({
  type: z.literal("holdfast_runner_credentials").describe("Says what the file is."),
  version: z.literal(1).describe("Version of this format."),
  organization: z.strictObject({
    id: z.string().startsWith("org_").describe("Id of the organization."),
    name: z.string().min(1).describe("Name of the organization, for people."),
  }),
  runner: z.strictObject({
    id: z.string().startsWith("run_").describe("Id of the runner."),
    name: z.string().min(1).describe("Name of the runner, for people."),
  }),
  generation: z.int().min(1).describe("Counts the credentials of the runner from 1."),
  endpoints: z.strictObject({
    tunnel: z.string().min(3).describe("Host and port of the tunnel listener (mutual TLS)."),
    api: z.string().min(3).describe("Host and port of the API listener."),
  }),
  certificateAuthority: pem("CERTIFICATE").describe(
    "Certificates that the control plane's own is checked against, as PEM.",
  ),
  certificate: pem("CERTIFICATE").describe(
    "The runner's certificate, followed by its issuer's, as PEM.",
  ),
  privateKey: z
    .union([z.literal(""), pem("(?:EC )?PRIVATE KEY")])
    .describe("The runner's private key, as PEM; empty where its maker has yet to fill it in."),
  apiKey: z.string().startsWith("hf_").describe("API key of the runner's service account."),
  expiresAt: z.iso.datetime().describe("When the certificate ends, in UTC."),
});

/** The credentials file as it is written: plain, and secret as a whole. */
export type CredentialsDocument = z.output<typeof credentialsFileSchema>;

/** The credentials file as a runner holds it: its two secrets cannot be printed. */
export type RunnerCredentialsFile = Omit<CredentialsDocument, "privateKey" | "apiKey"> & {
  readonly privateKey: Secret<string>;
  readonly apiKey: Secret<string>;
};

/**
 * Reads a credentials file.
 *
 * @throws {Failure} `credentials.invalid`, naming every field that is wrong; no value is repeated.
 */
export function parseCredentialsFile(text: string): RunnerCredentialsFile {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, which is secret: it is not even kept as a cause.
    throw new Failure("credentials.invalid", "The credentials file is not JSON.");
  }
  const read = credentialsFileSchema.safeParse(json);
  if (!read.success) {
    throw new Failure("credentials.invalid", "The credentials file is not as it was generated.", {
      fields: read.error.issues.map((issue) => ({
        field: issue.path.join(".") || "(file)",
        problem:
          issue.code === "unrecognized_keys"
            ? `has unknown fields: ${issue.keys.join(", ")}`
            : issue.message,
      })),
    });
  }
  const { privateKey, apiKey, ...plain } = read.data;
  if (privateKey === "") {
    throw new Failure("credentials.invalid", "The credentials file lacks its private key.", {
      fields: [
        {
          field: "privateKey",
          problem: "must be filled in by whoever made the certificate request",
        },
      ],
    });
  }
  return { ...plain, privateKey: new Secret(privateKey), apiKey: new Secret(apiKey) };
}

/** Writes a credentials file: JSON with two spaces, ending in a newline. */
export function formatCredentialsFile(document: CredentialsDocument): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}
