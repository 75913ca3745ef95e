import type * as pulumi from "@pulumi/pulumi";

/** Arguments of `CertificateKey`. */
export interface CertificateKeyArgs {
  /** Common name of the request's subject. */
  readonly commonName: pulumi.Input<string>;
  /** Host names; `*.` at the beginning stands for one label. None for an issuer. */
  readonly dnsNames?: pulumi.Input<string>[] | undefined;
  /** IP addresses. */
  readonly ipAddresses?: pulumi.Input<string>[] | undefined;
  /** Any text; another one makes another key and request. Default: `1`. */
  readonly epoch?: pulumi.Input<string> | undefined;
}
