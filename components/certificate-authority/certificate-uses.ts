/**
 * Uses of certificates as the provider `tls` takes them: in snake case, whatever its types say
 * (hashicorp/terraform-provider-tls, internal/provider/common_cert.go).
 */
export const certificateUses = {
  /** An authority's: RFC 5280, 4.2.1.3. */
  authority: ["cert_signing", "crl_signing"],
  /** A server's: RFC 5280, 4.2.1.3 and 4.2.1.12. */
  server: ["digital_signature", "server_auth"],
} as const;
