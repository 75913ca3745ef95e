import { Certificate } from "@pulumi/gcp/certificateauthority/certificate.js";
import * as pulumi from "@pulumi/pulumi";
import { ArgumentCheck } from "../runner-workload/argument-check.ts";
import { patternRule } from "../runner-workload/argument-rules.ts";
import { checkIssued, readIssuedCertificateSettings } from "./issued-certificate.ts";
import type { IssuedCertificateArgs } from "./issued-certificate-args.ts";

/** Arguments of {@link GcpCaServiceCertificate}. */
export interface GcpCaServiceCertificateArgs extends IssuedCertificateArgs {
  /** Name of the pool of authorities. Its issuance policy must let the request's names through. */
  readonly pool: pulumi.Input<string>;
  /** Where the pool is, such as `europe-west1`. */
  readonly location: pulumi.Input<string>;
  /** Project of the pool. Default: the provider's. */
  readonly project?: pulumi.Input<string> | undefined;
  /** Name of one authority of the pool. Default: the pool chooses. */
  readonly certificateAuthority?: pulumi.Input<string> | undefined;
  /** Resource name of the template that says what the certificate is for: a request of ours says nothing of
   * that. Default: none, so that the pool's baseline values must say it. */
  readonly certificateTemplate?: pulumi.Input<string> | undefined;
  /** Labels. */
  readonly labels?: Readonly<Record<string, pulumi.Input<string>>> | undefined;
}

/** A certificate that Certificate Authority Service signs. Removing it revokes it. */
export class GcpCaServiceCertificate extends pulumi.ComponentResource {
  /** The certificate, then the authorities above it without the root, PEM. */
  readonly certificatePem: pulumi.Output<string>;
  /** The root, PEM: what the certificate is checked against. */
  readonly certificateAuthorityPem: pulumi.Output<string>;

  /** @throws {pulumi.InputPropertiesError} if arguments are wrong, with all that are. */
  constructor(
    name: string,
    args: GcpCaServiceCertificateArgs,
    options: pulumi.ComponentResourceOptions = {},
  ) {
    const { settings, where } = checkArguments(name, args);
    super("holdfast:index:GcpCaServiceCertificate", name, {}, options);
    const certificate = new Certificate(
      `${name}-certificate`,
      {
        ...where,
        pemCsr: settings.certificateRequestPem,
        // A duration of protobuf's JSON form.
        lifetime: pulumi.output(settings.lifetimeHours).apply((hours) => `${hours * 3_600}s`),
      },
      { parent: this, replacementTrigger: settings.epoch },
    );
    const issued = checkIssued(`GcpCaServiceCertificate ${name}`, settings, {
      certificatePem: certificate.pemCertificate,
      chainPem: certificate.pemCertificateChains.apply((chain) => chain.join("\n")),
    });
    this.certificatePem = issued.certificatePem;
    this.certificateAuthorityPem = issued.certificateAuthorityPem;
    this.registerOutputs({
      certificatePem: this.certificatePem,
      certificateAuthorityPem: this.certificateAuthorityPem,
    });
  }
}

function checkArguments(name: string, args: GcpCaServiceCertificateArgs) {
  const check = new ArgumentCheck(`GcpCaServiceCertificate ${name}`);
  const settings = readIssuedCertificateSettings(args, check);
  const poolRule = patternRule(
    /^[A-Za-z0-9_-]{1,63}$/,
    "the pool's name, and not its whole resource name",
  );
  const where = {
    pool: check.check("pool", args.pool, poolRule),
    location: check.check(
      "location",
      args.location,
      patternRule(/^[a-z]+(?:-[a-z0-9]+)+$/, "a location, such as europe-west1"),
    ),
    ...(args.project === undefined ? {} : { project: args.project }),
    ...(args.certificateAuthority === undefined
      ? {}
      : { certificateAuthority: args.certificateAuthority }),
    ...(args.certificateTemplate === undefined
      ? {}
      : {
          certificateTemplate: check.check(
            "certificateTemplate",
            args.certificateTemplate,
            patternRule(
              /^projects\/[^/]+\/locations\/[^/]+\/certificateTemplates\/[^/]+$/,
              "projects/PROJECT/locations/LOCATION/certificateTemplates/NAME",
            ),
          ),
        }),
    ...(args.labels === undefined ? {} : { labels: args.labels }),
  };
  check.finish();
  return { settings, where };
}
