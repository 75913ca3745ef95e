import type {
  InputProblem,
  StandInProvider,
  StandInResource,
  Values,
} from "./stand-in-provider.ts";
import { textOf } from "./stand-in-provider.ts";
import { allowedUses, issueCertificate, makeRequest } from "./tls-certificates.ts";
import { makePrivateKey, publicKeyOf } from "./tls-keys.ts";

/** What differs from the plain stand-in. */
export interface TlsStandInOptions {
  /** Clock of the provider, in milliseconds since 1970. Default: the machine's. */
  now?(): number;
}

/**
 * The stand-in for `tls` (terraform-provider-tls 4, pulumi-tls 5): keys and X.509 are real, so that what it
 * issues works in TLS. What it does NOT prove: that the real plugin renews by itself on a plain `up`
 * (pulumi-tls issue 39), and P-224 keys, which Node's WebCrypto has not.
 */
export function tlsStandIn({ now = Date.now }: TlsStandInOptions = {}): StandInProvider {
  return {
    packageName: "tls",
    resources: {
      "tls:index/privateKey:PrivateKey": privateKey,
      "tls:index/certRequest:CertRequest": certRequest,
      "tls:index/selfSignedCert:SelfSignedCert": selfSignedCert(now),
      "tls:index/locallySignedCert:LocallySignedCert": locallySignedCert(now),
    },
    functions: {
      "tls:index/getPublicKey:getPublicKey": async (args) =>
        publicKeyOf(textOf(args, "privateKeyPem")),
    },
  };
}

/** resource_private_key.go: every input is RequiresReplace. */
const privateKey: StandInResource = {
  replaceOn: ["algorithm", "ecdsaCurve", "rsaBits"],
  secretOutputs: ["privateKeyPem", "privateKeyPemPkcs8", "privateKeyOpenssh"],
  defaults: () => ({ ecdsaCurve: "P224", rsaBits: 2_048 }),
  check: ({ algorithm, ecdsaCurve }) => [
    ...oneOf("algorithm", algorithm, ["RSA", "ECDSA", "ED25519"]),
    ...oneOf("ecdsaCurve", ecdsaCurve, ["P224", "P256", "P384", "P521"]),
  ],
  create: async (inputs) => makePrivateKey(inputs),
};

const nameInputs = ["subject", "dnsNames", "ipAddresses", "uris"] as const;

/** resource_cert_request.go: every input is RequiresReplace. */
const certRequest: StandInResource = {
  replaceOn: ["privateKeyPem", "privateKeyPemWoVersion", ...nameInputs],
  secretOutputs: ["privateKeyPem"],
  check: keyProblems,
  create: async (inputs) => await makeRequest(inputs),
};

const certificateInputs = [
  "allowedUses",
  "validityPeriodHours",
  "isCaCertificate",
  "maxPathLength",
  "setSubjectKeyId",
] as const;

/** resource_self_signed_cert.go: everything replaces but `early_renewal_hours` (common_cert.go). */
function selfSignedCert(now: () => number): StandInResource {
  return {
    replaceOn: [
      "privateKeyPem",
      "privateKeyPemWoVersion",
      "setAuthorityKeyId",
      ...nameInputs,
      ...certificateInputs,
    ],
    secretOutputs: ["privateKeyPem"],
    ...renewal(now),
    check: (inputs) => [
      ...keyProblems(inputs),
      ...usesProblems(inputs),
      ...(inputs["isCaCertificate"] === true && inputs["subject"] === undefined
        ? [{ property: "subject", reason: "must be given for the certificate of an authority" }]
        : []),
    ],
    create: async (inputs) => {
      const { outputs: request } = await makeRequest(inputs);
      return await issueCertificate(
        inputs,
        { requestPem: textOf(request, "certRequestPem") },
        now(),
      );
    },
  };
}

/** resource_locally_signed_cert.go: everything replaces but `early_renewal_hours`. */
function locallySignedCert(now: () => number): StandInResource {
  return {
    replaceOn: [
      "certRequestPem",
      "caCertPem",
      "caPrivateKeyPem",
      "caPrivateKeyPemWoVersion",
      ...certificateInputs,
    ],
    secretOutputs: ["caPrivateKeyPem"],
    ...renewal(now),
    check: usesProblems,
    create: async (inputs) =>
      await issueCertificate(
        inputs,
        {
          requestPem: textOf(inputs, "certRequestPem"),
          caCertificatePem: textOf(inputs, "caCertPem"),
        },
        now(),
      ),
  };
}

/** common_cert.go: due certificates are replaced at plan time, and `read` says that they are due. */
function renewal(now: () => number): Pick<StandInResource, "replaceWhen" | "read" | "update"> {
  const isDue = (inputs: Values, state: Values): boolean => {
    const endMs = Date.parse(textOf(state, "validityEndTime"));
    const earlyHours = Number(inputs["earlyRenewalHours"] ?? 0);
    return now() >= endMs - earlyHours * 3_600_000;
  };
  return {
    replaceWhen: (_olds, news, state) => (isDue(news, state) ? ["readyForRenewal"] : []),
    read: async (_id, state) => ({ ...state, readyForRenewal: isDue(state, state) }),
    update: async (_id, inputs, state) => ({ readyForRenewal: isDue(inputs, state) }),
  };
}

function keyProblems({ privateKeyPem, privateKeyPemWo }: Values): readonly InputProblem[] {
  return privateKeyPem === undefined && privateKeyPemWo === undefined
    ? [{ property: "privateKeyPem", reason: "must be given, or privateKeyPemWo" }]
    : [];
}

/** The vendor's .d.ts lists these in camelCase; the provider itself takes snake_case only. */
function usesProblems({ allowedUses: uses }: Values): readonly InputProblem[] {
  return Array.isArray(uses)
    ? uses.flatMap((use, index) => oneOf(`allowedUses[${index}]`, use, Object.keys(allowedUses)))
    : [];
}

function oneOf(
  property: string,
  value: unknown,
  values: readonly string[],
): readonly InputProblem[] {
  return typeof value === "string" && !values.includes(value)
    ? [{ property, reason: `must be one of ${values.join(", ")}` }]
    : [];
}
