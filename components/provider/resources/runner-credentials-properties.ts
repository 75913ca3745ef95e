import { organizationIdOutput, organizationProperty } from "../common-properties.ts";
import type { Properties } from "../property.ts";

/** What a program says about one generation of a runner's credentials. */
export const runnerCredentialsInputs: Properties = {
  organization: organizationProperty,
  runner: {
    type: "string",
    description: "Name or id of the runner. Another one replaces the credentials.",
    required: true,
    replaces: true,
    rule: (value) => (value === "" ? "must not be empty" : undefined),
  },
  certificateRequestPem: {
    type: "string",
    description:
      "PKCS #10 request (RFC 2986) with a P-256 key, as PEM. The key is made where it will be used and never travels. Another request replaces the credentials.",
    required: true,
    replaces: true,
    rule: (value) =>
      /^-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----\s/.test(value)
        ? undefined
        : "must be a certificate request as PEM",
  },
  privateKeyPem: {
    type: "string",
    description:
      "The private key of the request, to be put into `credentialsFile`; it is not sent to the control plane, but it is in the state, encrypted. Leave it out to fill the file in where the runner is: then the key is in no state.",
    secret: true,
    rule: (value) =>
      /^-----BEGIN (?:EC )?PRIVATE KEY-----\s/.test(value)
        ? undefined
        : "must be a private key as PEM",
  },
  lifetimeSeconds: {
    type: "integer",
    description:
      "How long the certificate is valid, in seconds: 300 to 31,536,000; 0, the default, leaves it to the control plane. Holds for generations made from now on.",
    default: 0,
    min: 0,
    max: 31_536_000,
  },
  overlapSeconds: {
    type: "integer",
    description:
      "How long the generation that is replaced works on, in seconds, unless the new one has connected before: up to 86,400. All earlier generations of the runner end with it, also those made elsewhere. 0, the default, revokes only the one that is replaced, at the end of the update.",
    default: 0,
    min: 0,
    max: 86_400,
  },
  epoch: {
    type: "string",
    description:
      "Any text, such as a date; another one regenerates: the next generation is made, this one revoked.",
    replaces: true,
  },
};

/** What is known of one generation beyond that. */
export const runnerCredentialsOutputs: Properties = {
  organizationId: organizationIdOutput,
  runnerId: { type: "string", description: "Id of the runner.", required: true },
  credentialsFile: {
    type: "string",
    description:
      "The JSON file that the runner starts from. Its field `privateKey` is empty unless `privateKeyPem` was given.",
    required: true,
    secret: true,
  },
  generation: {
    type: "integer",
    description: "Counts the credentials of the runner from 1.",
    required: true,
    min: 1,
    max: 4_294_967_295,
  },
  certificateFingerprint: {
    type: "string",
    description: "SHA-256 over the certificate's DER, in lower-case hexadecimal.",
    required: true,
  },
  certificateSerial: {
    type: "string",
    description: "Serial number in lower-case hexadecimal (RFC 5280, 4.1.2.2).",
    required: true,
  },
  apiKeyId: { type: "string", description: "Id of the API key in the file.", required: true },
  expiresAt: {
    type: "string",
    description: "When the certificate ends (ISO 8601, UTC).",
    required: true,
  },
};
