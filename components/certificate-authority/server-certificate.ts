import * as pulumi from "@pulumi/pulumi";
import { LocallySignedCert } from "@pulumi/tls/locallySignedCert.js";
import { ArgumentCheck } from "../runner-workload/argument-check.ts";
import { wholeNumberRule } from "../runner-workload/argument-rules.ts";
import {
  certificatePemRule,
  checkNames,
  epochRule,
  privateKeyPemRule,
} from "./certificate-rules.ts";
import { certificateUses } from "./certificate-uses.ts";
import { makeKeyAndRequest } from "./make-key-and-request.ts";
import { fingerprintOf, joinCertificates } from "./pem.ts";
import type { ServerCertificateArgs } from "./server-certificate-args.ts";

/**
 * Key and certificate of a server, such as the control plane: for these names, for servers only, P-256.
 *
 * Another issuer, names, lifetime or epoch make another certificate, the new one first; another epoch another
 * key too.
 */
export class ServerCertificate extends pulumi.ComponentResource {
  /** What the server presents, PEM: its certificate, then the issuer's. */
  readonly chainPem: pulumi.Output<string>;
  /** Secret: its key, PKCS #8 PEM. */
  readonly privateKeyPem: pulumi.Output<string>;
  /** SHA-256 over the certificate's DER, in lower-case hexadecimal. */
  readonly certificateFingerprint: pulumi.Output<string>;
  /** When the certificate ends (RFC 3339). */
  readonly expiresAt: pulumi.Output<string>;

  /** @throws {pulumi.InputPropertiesError} if arguments are wrong, with all that are. */
  constructor(
    name: string,
    args: ServerCertificateArgs,
    options: pulumi.ComponentResourceOptions = {},
  ) {
    const checked = checkArguments(name, args);
    super("holdfast:index:ServerCertificate", name, {}, options);
    const { privateKeyPem, requestPem } = makeKeyAndRequest(this, name, {
      ...checked,
      commonName: "Holdfast control plane",
    });
    const certificate = new LocallySignedCert(
      `${name}-certificate`,
      {
        certRequestPem: requestPem,
        caCertPem: checked.issuerCertificatePem,
        caPrivateKeyPem: checked.issuerPrivateKeyPem,
        setSubjectKeyId: true,
        allowedUses: [...certificateUses.server],
        validityPeriodHours: checked.lifetimeHours,
      },
      { parent: this },
    );
    this.chainPem = pulumi
      .all([certificate.certPem, checked.issuerCertificatePem])
      .apply(joinCertificates);
    this.privateKeyPem = privateKeyPem;
    this.certificateFingerprint = certificate.certPem.apply(fingerprintOf);
    this.expiresAt = certificate.validityEndTime;
    this.registerOutputs({
      chainPem: this.chainPem,
      privateKeyPem: this.privateKeyPem,
      certificateFingerprint: this.certificateFingerprint,
      expiresAt: this.expiresAt,
    });
  }
}

function checkArguments(name: string, args: ServerCertificateArgs) {
  const check = new ArgumentCheck(`ServerCertificate ${name}`);
  const names = checkNames(args, check);
  if (names.dnsNames.length + names.ipAddresses.length === 0) {
    check.report("dnsNames", "must have a name, or ipAddresses an address; given: neither");
  }
  const checked = {
    ...names,
    issuerCertificatePem: check.check(
      "issuerCertificatePem",
      args.issuerCertificatePem,
      certificatePemRule,
    ),
    issuerPrivateKeyPem: check.checkSecret(
      "issuerPrivateKeyPem",
      args.issuerPrivateKeyPem,
      privateKeyPemRule,
    ),
    lifetimeHours: check.check(
      "lifetimeHours",
      args.lifetimeHours ?? 2_160,
      wholeNumberRule(1, 17_520),
    ),
    epoch: check.check("epoch", args.epoch ?? "1", epochRule),
  };
  check.finish();
  return checked;
}
