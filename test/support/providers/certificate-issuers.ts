import {
  type StandInResource,
  textOf,
  type Value,
  type Values,
  valueAt,
} from "./stand-in-provider.ts";
import { issueCertificate, makeRequest } from "./tls-certificates.ts";
import { makePrivateKey } from "./tls-keys.ts";

/** What differs from an issuer that does all it is asked for. */
export interface IssuerOptions {
  /** Signs for this purpose only, whatever is asked for, as a template or policy of the issuer may. */
  readonly uses?: readonly string[];
  /** Issues for the names but with another key, as a wrong file would have it. */
  readonly hasOtherKey?: boolean;
}

/**
 * Rows of AWS Private CA, Certificate Authority Service and cert-manager: each signs with a root and an
 * issuer of its own, real X.509. What they do NOT prove: the services' own policies, permissions, templates
 * and limits, and that a service accepts a request at all.
 */
export function certificateIssuers(options: IssuerOptions = {}) {
  const sign = makeIssuer(options);
  return {
    aws: {
      // aws_acmpca_certificate: every argument is ForceNew (internal/service/acmpca/certificate.go).
      "aws:acmpca/certificate:Certificate": {
        replaceOn: [
          "apiPassthrough",
          "certificateAuthorityArn",
          "certificateSigningRequest",
          "signingAlgorithm",
          "templateArn",
          "validity",
        ],
        create: async (inputs) => {
          const { certificatePem, chainPem } = await sign({
            requestPem: textOf(inputs, "certificateSigningRequest"),
            hours: 24 * Number(valueAt(inputs, "validity.value")),
            isIssuer: textOf(inputs, "templateArn").includes("SubordinateCACertificate_PathLen0"),
          });
          const arn = `${textOf(inputs, "certificateAuthorityArn")}/certificate/${Date.now()}`;
          const outputs = { arn, certificate: certificatePem, certificateChain: chainPem.join("") };
          return { id: arn, outputs };
        },
      } satisfies StandInResource,
    },
    gcp: {
      // google_privateca_certificate: all but labels is immutable (mmv1/products/privateca/Certificate.yaml).
      "gcp:certificateauthority/certificate:Certificate": {
        replaceOn: [
          "certificateAuthority",
          "certificateTemplate",
          "lifetime",
          "location",
          "name",
          "pemCsr",
          "pool",
          "project",
        ],
        autoName: { property: "name", maxLength: 63 },
        create: async (inputs) => {
          const { certificatePem, chainPem } = await sign({
            requestPem: textOf(inputs, "pemCsr"),
            hours: Number.parseInt(textOf(inputs, "lifetime"), 10) / 3_600,
            isIssuer: textOf(inputs, "certificateTemplate").endsWith("/issuer"),
          });
          const { location, pool, name } = inputs;
          return {
            id: `projects/p/locations/${String(location)}/caPools/${String(pool)}/certificates/${String(name)}`,
            outputs: { pemCertificate: certificatePem, pemCertificateChains: chainPem },
          };
        },
      } satisfies StandInResource,
    },
    kubernetes: {
      // Immutable but for status (cert-manager, internal/apis/certmanager/validation/certificaterequest.go).
      "kubernetes:cert-manager.io/v1:CertificateRequest": {
        publishedAs: "kubernetes:apiextensions.k8s.io:CustomResource",
        replaceOn: ["metadata.name", "metadata.namespace"],
        autoName: { property: "metadata.name" },
        create: async (inputs) => {
          const { certificatePem, chainPem } = await sign({
            requestPem: decoded(valueAt(inputs, "spec.request")),
            hours: Number.parseInt(String(valueAt(inputs, "spec.duration")), 10),
            isIssuer: valueAt(inputs, "spec.isCA") === true,
          });
          const [issuer = "", root = ""] = chainPem;
          const status = { certificate: encoded(certificatePem + issuer), ca: encoded(root) };
          const { namespace, name } = inputs["metadata"] as Values;
          return { id: `${String(namespace)}/${String(name)}`, outputs: { status } };
        },
        update: async () => await Promise.reject(new Error("spec: Invalid value: is immutable")),
      } satisfies StandInResource,
    },
  };
}

/** What an issuer is asked for. */
interface Order {
  readonly requestPem: string;
  readonly hours: number;
  readonly isIssuer: boolean;
}

function makeIssuer({ uses, hasOtherKey = false }: IssuerOptions) {
  const authority = makeAuthority();
  return async ({ requestPem, hours, isIssuer }: Order) => {
    const { chainPem, issuerPem, issuerKeyPem } = await authority;
    const certSigning = ["cert_signing", "crl_signing"];
    const allowedUses = uses ?? (isIssuer ? certSigning : ["digital_signature", "server_auth"]);
    const request = hasOtherKey ? await otherRequest() : requestPem;
    const { outputs } = await issueCertificate(
      {
        caPrivateKeyPem: issuerKeyPem,
        allowedUses,
        isCaCertificate: isIssuer,
        maxPathLength: 0,
        validityPeriodHours: hours,
      },
      { requestPem: request, caCertificatePem: issuerPem },
      Date.now(),
    );
    return { certificatePem: textOf(outputs, "certPem"), chainPem };
  };
}

async function makeAuthority() {
  const rootKeyPem = makeKey();
  const uses = { isCaCertificate: true, allowedUses: ["cert_signing", "crl_signing"] };
  const own = { ...uses, privateKeyPem: rootKeyPem, validityPeriodHours: 87_600 };
  const rootPem = certificateOf(
    await issueCertificate(
      own,
      { requestPem: await requestOf("issuer's root", rootKeyPem) },
      Date.now(),
    ),
  );
  const issuerKeyPem = makeKey();
  const issuerPem = certificateOf(
    await issueCertificate(
      { ...uses, caPrivateKeyPem: rootKeyPem, validityPeriodHours: 43_800 },
      { requestPem: await requestOf("issuer", issuerKeyPem), caCertificatePem: rootPem },
      Date.now(),
    ),
  );
  return { issuerPem, issuerKeyPem, chainPem: [issuerPem, rootPem] };
}

function makeKey(): string {
  const { outputs } = makePrivateKey({ algorithm: "ECDSA", ecdsaCurve: "P256" });
  return textOf(outputs, "privateKeyPem");
}

async function requestOf(commonName: string, privateKeyPem: string): Promise<string> {
  const { outputs } = await makeRequest({ privateKeyPem, subject: { commonName } });
  return textOf(outputs, "certRequestPem");
}

async function otherRequest(): Promise<string> {
  return await requestOf("somebody else", makeKey());
}

function certificateOf({ outputs }: { readonly outputs: Values }): string {
  return textOf(outputs, "certPem");
}

function decoded(value: Value | undefined): string {
  return Buffer.from(String(value), "base64").toString("utf8");
}

function encoded(text: string): string {
  return Buffer.from(text).toString("base64");
}
