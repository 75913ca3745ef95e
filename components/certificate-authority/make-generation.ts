import * as pulumi from "@pulumi/pulumi";
import { CertRequest } from "@pulumi/tls/certRequest.js";
import { LocallySignedCert } from "@pulumi/tls/locallySignedCert.js";
import { PrivateKey } from "@pulumi/tls/privateKey.js";
import { SelfSignedCert } from "@pulumi/tls/selfSignedCert.js";
import { certificateUses } from "./certificate-uses.ts";

/** What {@link makeGeneration} makes it of. */
export interface GenerationSettings {
  readonly id: string;
  readonly epoch: pulumi.Input<string>;
  readonly rootLifetimeHours: number;
  readonly issuerLifetimeHours: number;
  readonly isProtected: boolean;
}

/** An authority of a generation. */
export interface Issuer {
  readonly certificatePem: pulumi.Output<string>;
  readonly privateKeyPem: pulumi.Output<string>;
}

/** The three authorities of a generation. */
export interface Generation {
  readonly rootPem: pulumi.Output<string>;
  readonly runners: Issuer;
  readonly servers: Issuer;
}

/** Where the resources belong, and what their names begin with. */
interface Scope {
  readonly parent: pulumi.Resource;
  readonly prefix: string;
}

const keyShape = { algorithm: "ECDSA", ecdsaCurve: "P256" } as const;

/** Makes a root and the two issuers below it. */
export function makeGeneration(
  parent: pulumi.Resource,
  name: string,
  settings: GenerationSettings,
): Generation {
  const scope = { parent, prefix: `${name}-${settings.id}` };
  const root = makeRoot(scope, settings);
  return {
    rootPem: root.certificatePem,
    runners: makeIssuer(scope, settings, root, "runner"),
    servers: makeIssuer(scope, settings, root, "server"),
  };
}

/** May have one authority below it: an issuer can sign end entities only (RFC 5280, 4.2.1.9). */
function makeRoot({ parent, prefix }: Scope, settings: GenerationSettings): Issuer {
  const options = { parent, ...protection(settings) };
  const key = new PrivateKey(`${prefix}-root-key`, keyShape, options);
  const certificate = new SelfSignedCert(
    `${prefix}-root`,
    {
      privateKeyPem: key.privateKeyPem,
      subject: { commonName: `Holdfast root ${settings.id}` },
      isCaCertificate: true,
      maxPathLength: 1,
      setSubjectKeyId: true,
      allowedUses: [...certificateUses.authority],
      validityPeriodHours: settings.rootLifetimeHours,
    },
    options,
  );
  return issuerOf(certificate, key);
}

function makeIssuer(
  { parent, prefix }: Scope,
  settings: GenerationSettings,
  root: Issuer,
  of: "runner" | "server",
): Issuer {
  const options = { parent, ...protection(settings) };
  const key = new PrivateKey(`${prefix}-${of}-issuer-key`, keyShape, options);
  const request = new CertRequest(
    `${prefix}-${of}-issuer-request`,
    {
      privateKeyPem: key.privateKeyPem,
      subject: { commonName: `Holdfast ${of} issuer ${settings.id}` },
    },
    options,
  );
  const certificate = new LocallySignedCert(
    `${prefix}-${of}-issuer`,
    {
      certRequestPem: request.certRequestPem,
      caCertPem: root.certificatePem,
      caPrivateKeyPem: root.privateKeyPem,
      isCaCertificate: true,
      maxPathLength: 0,
      setSubjectKeyId: true,
      allowedUses: [...certificateUses.authority],
      validityPeriodHours: settings.issuerLifetimeHours,
    },
    { parent, replacementTrigger: settings.epoch },
  );
  return issuerOf(certificate, key);
}

/** Left out, not false, if it is off: then what the whole component was given holds. */
function protection({ isProtected }: GenerationSettings): { readonly protect?: true } {
  return isProtected ? { protect: true } : {};
}

function issuerOf(
  certificate: { readonly certPem: pulumi.Output<string> },
  key: PrivateKey,
): Issuer {
  return {
    certificatePem: certificate.certPem,
    privateKeyPem: pulumi.secret(key.privateKeyPemPkcs8),
  };
}
