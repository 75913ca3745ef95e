import { Certificate } from "@pulumi/aws/acmpca/certificate.js";
import * as pulumi from "@pulumi/pulumi";
import { ArgumentCheck, type Rule } from "../runner-workload/argument-check.ts";
import { oneOfRule, patternRule } from "../runner-workload/argument-rules.ts";
import { CertificatePurpose } from "./certificate-purpose.ts";
import { checkIssued, readIssuedCertificateSettings } from "./issued-certificate.ts";
import type { IssuedCertificateArgs } from "./issued-certificate-args.ts";

/** Arguments of {@link AwsPrivateCaCertificate}. */
export interface AwsPrivateCaCertificateArgs extends IssuedCertificateArgs {
  /** ARN of the authority in AWS Private CA. */
  readonly certificateAuthorityArn: pulumi.Input<string>;
  /** How the authority signs, as its own key allows: `SHA256WITHECDSA`, `SHA384WITHECDSA`, `SHA512WITHECDSA`,
   * or the same with `RSA`. Default: `SHA256WITHECDSA`. */
  readonly signingAlgorithm?: pulumi.Input<string> | undefined;
}

const signingAlgorithms = ["SHA256", "SHA384", "SHA512"].flatMap((hash) => [
  `${hash}WITHECDSA`,
  `${hash}WITHRSA`,
]);

/** Templates that keep the request's names (AWS Private CA user guide, "Template definitions"). */
const templates: Readonly<Record<CertificatePurpose, string>> = {
  [CertificatePurpose.Server]: "EndEntityServerAuthCertificate_APIPassthrough/V1",
  [CertificatePurpose.RunnerIssuer]: "SubordinateCACertificate_PathLen0_APIPassthrough/V1",
};

/** The service counts days; an end by the clock would change with every preview. */
const wholeDaysRule: Rule<number> = (hours) =>
  hours % 24 === 0 ? undefined : "must be a multiple of 24: AWS Private CA counts days";

/** A certificate that AWS Private CA signs. Removing it revokes it. */
export class AwsPrivateCaCertificate extends pulumi.ComponentResource {
  /** The certificate, then the authorities above it without the root, PEM. */
  readonly certificatePem: pulumi.Output<string>;
  /** The root, PEM: what the certificate is checked against. */
  readonly certificateAuthorityPem: pulumi.Output<string>;

  /** @throws {pulumi.InputPropertiesError} if arguments are wrong, with all that are. */
  constructor(
    name: string,
    args: AwsPrivateCaCertificateArgs,
    options: pulumi.ComponentResourceOptions = {},
  ) {
    const check = new ArgumentCheck(`AwsPrivateCaCertificate ${name}`);
    const settings = readIssuedCertificateSettings(args, check);
    const certificateAuthorityArn = check.check(
      "certificateAuthorityArn",
      args.certificateAuthorityArn,
      patternRule(/^arn:[^:]+:acm-pca:[^:]+:\d{12}:certificate-authority\/\S+$/, "its ARN"),
    );
    const signingAlgorithm = check.check(
      "signingAlgorithm",
      args.signingAlgorithm ?? "SHA256WITHECDSA",
      oneOfRule(signingAlgorithms),
    );
    const days = pulumi
      .output(check.check("lifetimeHours", settings.lifetimeHours, wholeDaysRule))
      .apply((hours) => hours / 24);
    check.finish();
    super("holdfast:index:AwsPrivateCaCertificate", name, {}, options);
    const certificate = new Certificate(
      `${name}-certificate`,
      {
        certificateAuthorityArn,
        certificateSigningRequest: settings.certificateRequestPem,
        signingAlgorithm,
        templateArn: templateArn(certificateAuthorityArn, settings.purpose),
        validity: { type: "DAYS", value: pulumi.interpolate`${days}` },
      },
      { parent: this, replacementTrigger: settings.epoch },
    );
    const issued = checkIssued(`AwsPrivateCaCertificate ${name}`, settings, {
      certificatePem: certificate.certificate,
      chainPem: certificate.certificateChain,
    });
    this.certificatePem = issued.certificatePem;
    this.certificateAuthorityPem = issued.certificateAuthorityPem;
    this.registerOutputs({
      certificatePem: this.certificatePem,
      certificateAuthorityPem: this.certificateAuthorityPem,
    });
  }
}

/** Templates have no account and no region, but the partition of the authority, such as `aws-us-gov`. */
function templateArn(
  authorityArn: pulumi.Input<string>,
  purpose: CertificatePurpose,
): pulumi.Output<string> {
  const partition = pulumi.output(authorityArn).apply((arn) => arn.split(":")[1] ?? "aws");
  return pulumi.interpolate`arn:${partition}:acm-pca:::template/${templates[purpose]}`;
}
