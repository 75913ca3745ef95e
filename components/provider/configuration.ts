import type { Properties } from "./property.ts";

/** Environment variables that stand in for configuration that is not given. */
export const environmentNames = {
  endpoint: "HOLDFAST_ENDPOINT",
  apiKeyFile: "HOLDFAST_API_KEY_FILE",
  caCertificateFile: "HOLDFAST_CA_CERTIFICATE_FILE",
} as const;

const file = (value: string): string | undefined =>
  value === "" ? "must be the path of a file" : undefined;

/** Configuration of the provider: where the control plane is, and who calls. */
export const configurationProperties: Properties = {
  endpoint: {
    type: "string",
    description: `Host and port of the control plane's API, such as \`localhost:8444\`. Left out, it is \`${environmentNames.endpoint}\`.`,
    rule: (value) =>
      /^(?:[\w.-]+|\[[0-9a-fA-F:]+\]):\d{1,5}$/.test(value)
        ? undefined
        : "must be a host and a port, such as localhost:8444",
  },
  apiKey: {
    type: "string",
    description:
      "API key of a service account. It is in the state, encrypted; `apiKeyFile` keeps it out.",
    secret: true,
    rule: (value) => (value.startsWith("hf_") ? undefined : "must be an API key: hf_..."),
  },
  apiKeyFile: {
    type: "string",
    description: `Path of a file with the API key, read when the first call is made. Left out, it is \`${environmentNames.apiKeyFile}\`.`,
    rule: file,
  },
  caCertificate: {
    type: "string",
    description:
      "PEM that the control plane's certificate is checked against; left out (and no file either), the authorities of the system.",
    rule: (value) =>
      value.includes("-----BEGIN CERTIFICATE-----") ? undefined : "must be a certificate as PEM",
  },
  caCertificateFile: {
    type: "string",
    description: `Path of a file with that PEM. Left out, it is \`${environmentNames.caCertificateFile}\`.`,
    rule: file,
  },
};
