import * as pulumi from "@pulumi/pulumi";
import { CertificateAuthority } from "holdfast/certificate-authority/certificate-authority.ts";
import type { CertificateAuthorityArgs } from "holdfast/certificate-authority/certificate-authority-args.ts";
import { ServerCertificate } from "holdfast/certificate-authority/server-certificate.ts";
import type { Program } from "../program.ts";

/**
 * The certificate authority of an installation, and the control plane's own certificate. It has a stack of its
 * own, with a backend and a secrets provider that few may use: its state has every key (docs/certificates.md).
 *
 * Configuration: `generations`, an object as {@link CertificateAuthorityArgs} has it, such as
 * `{"2026": {"state": "active"}}`; `serverDnsNames` and `serverIpAddresses`, lists, at least one of them;
 * `serverEpoch`, any text, where another one makes the server's key and certificate anew (default `1`).
 *
 * The secret output `controlPlaneFiles` is the folder that `HOLDFAST_AUTHORITY_DIRECTORY` of the control plane
 * names: contents by name of file. `trustBundlePem` is for everyone.
 */
export const pki: Program = (config) => {
  const authority = new CertificateAuthority("authority", {
    generations: config.requireObject<CertificateAuthorityArgs["generations"]>("generations"),
  });
  const server = new ServerCertificate("server", {
    issuerCertificatePem: authority.serverIssuerCertificatePem,
    issuerPrivateKeyPem: authority.serverIssuerPrivateKeyPem,
    dnsNames: config.getObject<string[]>("serverDnsNames"),
    ipAddresses: config.getObject<string[]>("serverIpAddresses"),
    epoch: config.get("serverEpoch"),
  });
  return {
    trustBundlePem: authority.trustBundlePem,
    activeGeneration: authority.activeGeneration,
    rootFingerprints: authority.rootFingerprints,
    serverCertificateFingerprint: server.certificateFingerprint,
    serverCertificateExpiresAt: server.expiresAt,
    controlPlaneFiles: pulumi.secret({
      "trust.pem": authority.trustBundlePem,
      "runner-issuer.pem": authority.runnerIssuerCertificatePem,
      "runner-issuer.key.pem": authority.runnerIssuerPrivateKeyPem,
      "runner-issuers.pem": authority.runnerIssuerCertificatesPem,
      "server.pem": server.chainPem,
      "server.key.pem": server.privateKeyPem,
    }),
  };
};
