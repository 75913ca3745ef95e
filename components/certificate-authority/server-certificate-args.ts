import type * as pulumi from "@pulumi/pulumi";

/** Arguments of `ServerCertificate`. */
export interface ServerCertificateArgs {
  /** The issuer's certificate, PEM, followed by those between it and the root if there are any: as
   * `CertificateAuthority` and the classes of other issuers return it. */
  readonly issuerCertificatePem: pulumi.Input<string>;
  /** Secret: the issuer's key, PEM. */
  readonly issuerPrivateKeyPem: pulumi.Input<string>;
  /** Host names; `*.` at the beginning stands for one label. At least one name or address. */
  readonly dnsNames?: pulumi.Input<string>[] | undefined;
  /** IP addresses. */
  readonly ipAddresses?: pulumi.Input<string>[] | undefined;
  /** How long the certificate is valid, in hours: 1 to 17,520. Default: 2,160 (90 days). */
  readonly lifetimeHours?: pulumi.Input<number> | undefined;
  /** Any text, such as `2026-07`; another one makes a new key and certificate. From configuration, never from
   * the clock. Default: `1`. */
  readonly epoch?: pulumi.Input<string> | undefined;
}
