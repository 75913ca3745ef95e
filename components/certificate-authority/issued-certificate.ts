import { X509Certificate } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import type { ArgumentCheck } from "../runner-workload/argument-check.ts";
import { oneOfRule, wholeNumberRule } from "../runner-workload/argument-rules.ts";
import { CertificatePurpose } from "./certificate-purpose.ts";
import { certificateRequestPemRule, epochRule } from "./certificate-rules.ts";
import type { IssuedCertificateArgs } from "./issued-certificate-args.ts";
import { orderChain } from "./pem.ts";

/** Object identifier of TLS server authentication (RFC 5280, 4.2.1.12). */
const serverAuthentication = "1.3.6.1.5.5.7.3.1";

/** The arguments of every other issuer, checked, with their defaults. */
export interface IssuedCertificateSettings {
  readonly certificateRequestPem: pulumi.Input<string>;
  readonly purpose: CertificatePurpose;
  readonly lifetimeHours: pulumi.Input<number>;
  readonly epoch: pulumi.Input<string>;
}

/** What an issuer answers. */
export interface IssuedPems {
  /** The certificate. */
  readonly certificatePem: pulumi.Input<string>;
  /** What stands above it, the root as well, in any order. */
  readonly chainPem: pulumi.Input<string>;
}

/** What every other issuer's class returns. */
export interface IssuedCertificate {
  readonly certificatePem: pulumi.Output<string>;
  readonly certificateAuthorityPem: pulumi.Output<string>;
}

/** Checks the arguments that all issuers have; `finish` is the caller's to call. */
export function readIssuedCertificateSettings(
  args: IssuedCertificateArgs,
  check: ArgumentCheck,
): IssuedCertificateSettings {
  const purpose = args.purpose ?? CertificatePurpose.Server;
  check.checkPlain("purpose", purpose, oneOfRule(Object.values(CertificatePurpose)));
  const byDefault = purpose === CertificatePurpose.RunnerIssuer ? 17_520 : 2_160;
  return {
    certificateRequestPem: check.check(
      "certificateRequestPem",
      args.certificateRequestPem,
      certificateRequestPemRule,
    ),
    purpose,
    lifetimeHours: check.check(
      "lifetimeHours",
      args.lifetimeHours ?? byDefault,
      wholeNumberRule(1, 87_600),
    ),
    epoch: check.check("epoch", args.epoch ?? "1", epochRule),
  };
}

/**
 * What the issuer answered, in the two groups that TLS needs, once it is seen to be what was asked for: an
 * issuer's own rules may have dropped what the request was for, and then nothing would connect.
 *
 * @param component what messages call it, such as `AwsPrivateCaCertificate server`.
 */
export function checkIssued(
  component: string,
  wanted: Pick<IssuedCertificateSettings, "certificateRequestPem" | "purpose">,
  answered: IssuedPems,
): IssuedCertificate {
  const checked = pulumi
    .all([answered.certificatePem, answered.chainPem, wanted.certificateRequestPem])
    .apply(([certificatePem, chainPem, requestPem]) => {
      const reason = whyUnfit(certificatePem, requestPem, wanted.purpose);
      if (reason !== undefined) {
        throw new Error(`${component}: the certificate that was issued ${reason}.`);
      }
      const chain = orderChain(`${certificatePem}\n${chainPem}`);
      if (chain === undefined) {
        throw new Error(
          `${component}: the certificates that were returned do not lead to a root certificate.`,
        );
      }
      return chain;
    });
  return {
    certificatePem: checked.apply(({ certificatePem }) => certificatePem),
    certificateAuthorityPem: checked.apply(
      ({ certificateAuthorityPem }) => certificateAuthorityPem,
    ),
  };
}

/**
 * Why a certificate cannot be used, as "is not ..."; undefined if it can.
 *
 * @param requestPem empty if there is none.
 */
export function whyUnfit(
  certificatePem: string,
  requestPem: string,
  purpose: CertificatePurpose,
): string | undefined {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(certificatePem);
  } catch {
    return "is not an X.509 certificate as PEM";
  }
  if (requestPem !== "" && !belongsTo(certificate, requestPem)) {
    return "does not have the key of the request";
  }
  if (purpose === CertificatePurpose.RunnerIssuer) {
    return certificate.ca ? undefined : "is not an authority's: it cannot sign certificates";
  }
  if (certificate.ca) {
    return "is an authority's, and not a server's";
  }
  // Typed as always there; a certificate without the extension has none, and is for everything.
  const uses = certificate.keyUsage as readonly string[] | undefined;
  return uses?.includes(serverAuthentication) === true
    ? undefined
    : "is not for server authentication: the issuer's template or policy must allow it";
}

/** A request has the public key in it as it is (RFC 2986, section 4.1). */
function belongsTo(certificate: X509Certificate, requestPem: string): boolean {
  const der = Buffer.from(requestPem.replaceAll(/-----[^-]+-----|\s/g, ""), "base64");
  return der.includes(certificate.publicKey.export({ type: "spki", format: "der" }));
}
