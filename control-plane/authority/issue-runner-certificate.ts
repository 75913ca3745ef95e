import "reflect-metadata";
import { createPublicKey, type KeyObject, type webcrypto } from "node:crypto";
import type { Clock } from "@holdfast/foundation/clock.ts";
import { Failure } from "@holdfast/foundation/failure.ts";
import type { Random } from "@holdfast/foundation/random.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import { formatRunnerName } from "@holdfast/protocol/identity/runner-name.ts";
import * as x509 from "@peculiar/x509";
import type { CertificateAuthority, CertificateSubject, IssuedCertificate } from "./authority.ts";
import {
  exportPrivateKey,
  fingerprintOf,
  type KeyedCertificate,
  leafExtensions,
  makeKeyPair,
  normalizeSerial,
  pemOf,
  sign,
} from "./certificates.ts";

/** Clocks of two machines may differ by this much. */
export const clockSkewMs = 300_000;

/** Who signs runners' certificates. */
export interface RunnerIssuer extends KeyedCertificate {
  /** What a runner presents behind its own certificate, PEM. */
  readonly chainPem: string;
}

/** What issuing needs. */
export interface IssuingOptions {
  readonly trustDomain: string;
  readonly clock: Clock;
  readonly random: Random;
}

/** The two ways to issue a runner's certificate, both by the issuer of the moment. */
export function issuing(
  options: IssuingOptions,
  currentIssuer: () => RunnerIssuer,
): Pick<CertificateAuthority, "issueFromRequest" | "issueWithKey"> {
  return {
    issueFromRequest: async (subject, requestPem, lifetimeMs) =>
      await issue(options, currentIssuer(), {
        subject,
        publicKey: await requestedKey(requestPem),
        lifetimeMs,
      }),
    issueWithKey: async (subject, lifetimeMs) => {
      const keys = await makeKeyPair();
      const issued = await issue(options, currentIssuer(), {
        subject,
        publicKey: keys.publicKey,
        lifetimeMs,
      });
      return { ...issued, privateKeyPem: new Secret(await exportPrivateKey(keys.privateKey)) };
    },
  };
}

async function issue(
  options: IssuingOptions,
  issuer: RunnerIssuer,
  wanted: {
    readonly subject: CertificateSubject;
    readonly publicKey: x509.PublicKey | webcrypto.CryptoKey;
    readonly lifetimeMs: number;
  },
): Promise<IssuedCertificate> {
  const nowMs = options.clock.nowMs();
  const name = formatRunnerName({ trustDomain: options.trustDomain, ...wanted.subject });
  // Whole seconds, as certificates have them, and never beyond the issuer's own end.
  const notAfterMs =
    Math.floor(Math.min(nowMs + wanted.lifetimeMs, issuer.certificate.notAfter.getTime()) / 1_000) *
    1_000;
  const certificate = await sign(
    {
      commonName: wanted.subject.runnerId,
      publicKey: wanted.publicKey,
      notBeforeMs: nowMs - clockSkewMs,
      notAfterMs,
      extensions: leafExtensions("client", [{ type: "url", value: name }]),
    },
    { issuer, privateKey: issuer.privateKey },
    options.random,
  );
  return {
    certificatePem: `${pemOf(certificate)}${issuer.chainPem}`,
    serial: normalizeSerial(certificate.serialNumber),
    fingerprint: fingerprintOf(certificate.rawData),
    expireAtMs: notAfterMs,
  };
}

/** The public key of a PKCS #10 request that is signed with it; its names are ignored. */
async function requestedKey(requestPem: string): Promise<x509.PublicKey> {
  const refuse = (why: string, cause?: unknown): never => {
    throw new Failure("certificate.request_invalid", `The certificate request ${why}.`, {
      cause,
      fields: [{ field: "certificate_request_pem", problem: why }],
    });
  };
  let request: x509.Pkcs10CertificateRequest;
  let key: KeyObject;
  try {
    request = new x509.Pkcs10CertificateRequest(requestPem);
    const der = Buffer.from(request.publicKey.rawData);
    key = createPublicKey({ key: der, format: "der", type: "spki" });
  } catch (cause) {
    return refuse("is not a PKCS #10 request in PEM", cause);
  }
  if (key.asymmetricKeyDetails?.namedCurve !== "prime256v1") {
    return refuse("does not have a P-256 key");
  }
  const isSigned = await request.verify().catch(() => false);
  return isSigned ? request.publicKey : refuse("is not signed by its own key");
}
