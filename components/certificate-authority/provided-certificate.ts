import * as pulumi from "@pulumi/pulumi";
import { ArgumentCheck } from "../runner-workload/argument-check.ts";
import { oneOfRule } from "../runner-workload/argument-rules.ts";
import { CertificatePurpose } from "./certificate-purpose.ts";
import { certificatePemRule, certificateRequestPemRule } from "./certificate-rules.ts";
import { checkIssued } from "./issued-certificate.ts";

/** Arguments of {@link ProvidedCertificate}. */
export interface ProvidedCertificateArgs {
  /** The certificate, then the authorities above it, PEM. No private key. */
  readonly certificatePem: pulumi.Input<string>;
  /** The root, PEM. */
  readonly certificateAuthorityPem: pulumi.Input<string>;
  /** The request that it was signed for, PEM. Default: none, and then nothing says that the key fits. */
  readonly certificateRequestPem?: pulumi.Input<string> | undefined;
  /** What the certificate is for. Default: `server`. */
  readonly purpose?: CertificatePurpose;
}

/** A certificate that somebody else signed, checked before anything takes it. It makes no resource. */
export class ProvidedCertificate extends pulumi.ComponentResource {
  /** The certificate, then the authorities above it without the root, PEM. */
  readonly certificatePem: pulumi.Output<string>;
  /** The root, PEM: what the certificate is checked against. */
  readonly certificateAuthorityPem: pulumi.Output<string>;

  /** @throws {pulumi.InputPropertiesError} if arguments are wrong, with all that are. */
  constructor(
    name: string,
    args: ProvidedCertificateArgs,
    options: pulumi.ComponentResourceOptions = {},
  ) {
    const { purpose, ...pems } = checkArguments(name, args);
    super("holdfast:index:ProvidedCertificate", name, {}, options);
    const { certificateRequestPem, certificatePem } = pems;
    const wanted = { certificateRequestPem, purpose };
    const chainPem = pulumi.interpolate`${certificatePem}\n${pems.certificateAuthorityPem}`;
    const checked = checkIssued(`ProvidedCertificate ${name}`, wanted, {
      certificatePem,
      chainPem,
    });
    this.certificatePem = checked.certificatePem;
    this.certificateAuthorityPem = checked.certificateAuthorityPem;
    this.registerOutputs({
      certificatePem: this.certificatePem,
      certificateAuthorityPem: this.certificateAuthorityPem,
    });
  }
}

function checkArguments(name: string, args: ProvidedCertificateArgs) {
  const check = new ArgumentCheck(`ProvidedCertificate ${name}`);
  const purpose = args.purpose ?? CertificatePurpose.Server;
  check.checkPlain("purpose", purpose, oneOfRule(Object.values(CertificatePurpose)));
  const requestPem = args.certificateRequestPem;
  const checked = {
    purpose,
    certificatePem: check.check("certificatePem", args.certificatePem, certificatePemRule),
    certificateAuthorityPem: check.check(
      "certificateAuthorityPem",
      args.certificateAuthorityPem,
      certificatePemRule,
    ),
    certificateRequestPem:
      requestPem === undefined
        ? ""
        : check.check("certificateRequestPem", requestPem, certificateRequestPemRule),
  };
  check.finish();
  return checked;
}
