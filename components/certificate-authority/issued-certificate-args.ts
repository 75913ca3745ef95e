import type * as pulumi from "@pulumi/pulumi";
import type { CertificatePurpose } from "./certificate-purpose.ts";

/** What every other issuer takes. */
export interface IssuedCertificateArgs {
  /** PKCS #10 request, PEM, such as `CertificateKey` makes. Another one makes another certificate. */
  readonly certificateRequestPem: pulumi.Input<string>;
  /** What the certificate is for. Default: `server`. */
  readonly purpose?: CertificatePurpose;
  /** How long the certificate is valid, in hours: 1 to 87,600. Default: 2,160 (90 days), or 17,520 (2 years)
   * for an issuer. */
  readonly lifetimeHours?: pulumi.Input<number> | undefined;
  /** Any text; another one makes another certificate. From configuration, never from the clock. Default: `1`. */
  readonly epoch?: pulumi.Input<string> | undefined;
}
