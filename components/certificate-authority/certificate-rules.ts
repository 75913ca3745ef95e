import { isIP } from "node:net";
import type * as pulumi from "@pulumi/pulumi";
import type { ArgumentCheck, Rule } from "../runner-workload/argument-check.ts";
import { patternRule } from "../runner-workload/argument-rules.ts";

/** A text that says nothing but that it is another one. */
export const epochRule: Rule<string> = patternRule(/./, "a text that is not empty");

/** A host name of a certificate (RFC 6125, 6.4; RFC 1123, 2.1). */
export const dnsNameRule: Rule<string> = patternRule(
  /^(?=.{1,253}$)(?:\*\.)?(?!-)[A-Za-z0-9-]{1,63}(?<!-)(?:\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*$/,
  "a host name, such as control-plane.example",
);

/** An IP address without a prefix length. */
export const ipAddressRule: Rule<string> = (value) =>
  isIP(value) === 0 ? "must be an IP address, such as 10.0.0.1" : undefined;

/** One or more certificates in PEM, and no key. */
export const certificatePemRule: Rule<string> = (value) => {
  if (/PRIVATE KEY-----/.test(value)) {
    return "must not have a private key in it";
  }
  return /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.test(value)
    ? undefined
    : "must be a certificate as PEM";
};

/** A PKCS #10 request in PEM (RFC 7468, 7). */
export const certificateRequestPemRule: Rule<string> = patternRule(
  /^\s*-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----\s/,
  "a certificate request as PEM",
);

/** A private key in PEM. Messages never repeat any of it. */
export const privateKeyPemRule: Rule<string> = patternRule(
  /^\s*-----BEGIN (?:EC )?PRIVATE KEY-----\s/,
  "a private key as PEM",
);

/** Names that a certificate is for. */
export interface CertificateNames {
  readonly dnsNames: pulumi.Input<string>[];
  readonly ipAddresses: pulumi.Input<string>[];
}

/** Checks each name; each is told by its place in its list. */
export function checkNames(
  args: {
    readonly dnsNames?: readonly pulumi.Input<string>[] | undefined;
    readonly ipAddresses?: readonly pulumi.Input<string>[] | undefined;
  },
  check: ArgumentCheck,
): CertificateNames {
  return {
    dnsNames: (args.dnsNames ?? []).map((each, index) =>
      check.check(`dnsNames[${index}]`, each, dnsNameRule),
    ),
    ipAddresses: (args.ipAddresses ?? []).map((each, index) =>
      check.check(`ipAddresses[${index}]`, each, ipAddressRule),
    ),
  };
}
