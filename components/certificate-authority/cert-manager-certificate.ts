import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import * as pulumi from "@pulumi/pulumi";
import { ArgumentCheck } from "../runner-workload/argument-check.ts";
import { oneOfRule, patternRule } from "../runner-workload/argument-rules.ts";
import { CertificatePurpose } from "./certificate-purpose.ts";
import {
  checkIssued,
  type IssuedCertificateSettings,
  readIssuedCertificateSettings,
} from "./issued-certificate.ts";
import type { IssuedCertificateArgs } from "./issued-certificate-args.ts";

/** Arguments of {@link CertManagerCertificate}. */
export interface CertManagerCertificateArgs extends IssuedCertificateArgs {
  /** Namespace of the request; of the issuer too, if that is an `Issuer`. */
  readonly namespace: pulumi.Input<string>;
  /** Name of the issuer. It must return its root certificate, as `CA` and `Vault` issuers do. */
  readonly issuerName: pulumi.Input<string>;
  /** Kind of the issuer. Default: `Issuer`. */
  readonly issuerKind?: pulumi.Input<string> | undefined;
  /** API group of the issuer. Default: `cert-manager.io`. */
  readonly issuerGroup?: pulumi.Input<string> | undefined;
  /** Labels of the request. */
  readonly labels?: Readonly<Record<string, pulumi.Input<string>>> | undefined;
}

/**
 * A certificate that cert-manager signs, through a `CertificateRequest` (cert-manager.io/v1): the key stays
 * where it was made. cert-manager does not renew it; another epoch does.
 */
export class CertManagerCertificate extends pulumi.ComponentResource {
  /** The certificate, then the authorities above it without the root, PEM. */
  readonly certificatePem: pulumi.Output<string>;
  /** The root, PEM: what the certificate is checked against. */
  readonly certificateAuthorityPem: pulumi.Output<string>;

  /** @throws {pulumi.InputPropertiesError} if arguments are wrong, with all that are. */
  constructor(
    name: string,
    args: CertManagerCertificateArgs,
    options: pulumi.ComponentResourceOptions = {},
  ) {
    const { settings, issuerRef, namespace } = checkArguments(name, args);
    super("holdfast:index:CertManagerCertificate", name, {}, options);
    const request = new CustomResource(
      `${name}-certificate`,
      {
        apiVersion: "cert-manager.io/v1",
        kind: "CertificateRequest",
        metadata: {
          namespace,
          // The provider knows nothing of this kind, so it has to be told what to wait for.
          annotations: { "pulumi.com/waitFor": "condition=Ready" },
          ...(args.labels === undefined ? {} : { labels: args.labels }),
        },
        spec: specOf(settings, issuerRef),
        // Gives the object's property `status`; as an input it is none.
        status: undefined,
      },
      {
        parent: this,
        // cert-manager refuses every change of it.
        replaceOnChanges: ["spec"],
        replacementTrigger: settings.epoch,
      },
    );
    const { status } = request as CustomResource & StatusOutput;
    const component = `CertManagerCertificate ${name}`;
    const issued = checkIssued(component, settings, {
      certificatePem: status.apply((known) => decode(component, known?.certificate)),
      chainPem: status.apply((known) =>
        [known?.certificate, known?.ca].map((each) => decode(component, each)).join("\n"),
      ),
    });
    this.certificatePem = issued.certificatePem;
    this.certificateAuthorityPem = issued.certificateAuthorityPem;
    this.registerOutputs({
      certificatePem: this.certificatePem,
      certificateAuthorityPem: this.certificateAuthorityPem,
    });
  }
}

/** Status of a request, as far as it is read; both are PEM in Base64. */
interface RequestStatus {
  readonly certificate?: string;
  readonly ca?: string;
}

/** What the class of custom resources has, and its type does not say. */
interface StatusOutput {
  readonly status: pulumi.Output<RequestStatus | undefined>;
}

interface IssuerReference {
  readonly name: pulumi.Input<string>;
  readonly kind: pulumi.Input<string>;
  readonly group: pulumi.Input<string>;
}

function checkArguments(name: string, args: CertManagerCertificateArgs) {
  const check = new ArgumentCheck(`CertManagerCertificate ${name}`);
  const settings = readIssuedCertificateSettings(args, check);
  const labelRule = patternRule(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, "a DNS label (RFC 1123)");
  const nameRule = patternRule(/^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/, "a DNS name (RFC 1123)");
  const group = args.issuerGroup ?? "cert-manager.io";
  const kind = args.issuerKind ?? "Issuer";
  const checked = {
    settings,
    namespace: check.check("namespace", args.namespace, labelRule),
    issuerRef: {
      name: check.check("issuerName", args.issuerName, nameRule),
      // Issuers of other groups have kinds of their own.
      kind:
        group === "cert-manager.io"
          ? check.check("issuerKind", kind, oneOfRule(["Issuer", "ClusterIssuer"]))
          : kind,
      group: check.check("issuerGroup", group, nameRule),
    },
  };
  check.finish();
  return checked;
}

function specOf(settings: IssuedCertificateSettings, issuerRef: IssuerReference) {
  const isIssuer = settings.purpose === CertificatePurpose.RunnerIssuer;
  return {
    request: pulumi
      .output(settings.certificateRequestPem)
      .apply((pem) => Buffer.from(pem).toString("base64")),
    isCA: isIssuer,
    usages: isIssuer ? ["cert sign", "crl sign"] : ["digital signature", "server auth"],
    duration: pulumi.output(settings.lifetimeHours).apply((hours) => `${hours}h0m0s`),
    issuerRef,
  };
}

function decode(component: string, base64: string | undefined): string {
  if (base64 === undefined) {
    throw new Error(`${component}: cert-manager did not return both certificate and root.`);
  }
  return Buffer.from(base64, "base64").toString("utf8");
}
