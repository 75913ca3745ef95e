import type { CertificateSubject } from "@holdfast/control-plane/authority/authority.ts";
import {
  authorityExtensions,
  exportPrivateKey,
  type KeyedCertificate,
  leafExtensions,
  makeKeyPair,
  pemOf,
  sign,
} from "@holdfast/control-plane/authority/certificates.ts";
import type { Clock } from "@holdfast/foundation/clock.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import { SystemRandom } from "@holdfast/foundation/system/system-random.ts";
import { formatRunnerName } from "@holdfast/protocol/identity/runner-name.ts";
import type { JsonGeneralNames } from "@peculiar/x509";

const hourMs = 3_600_000;

/** A certificate and its key, as a client presents them. */
export interface TestCertificate {
  readonly certificatePem: string;
  readonly privateKeyPem: Secret<string>;
}

/** What is to be wrong with a certificate. */
export interface TestCertificateChange {
  readonly purpose?: "client" | "server";
  /** Instead of the runner's one name. */
  readonly names?: readonly string[];
}

/** An authority for one test file: a root, an issuer of runners, and certificates with any defect. */
export interface TestAuthority {
  readonly trustDomain: string;
  /** What a runner checks the control plane's certificate against. */
  readonly serverTrustPem: string;
  /** What the control plane checks a runner's certificate against. */
  readonly runnerTrustPem: string;
  issueRunner(
    subject: CertificateSubject,
    change?: TestCertificateChange,
  ): Promise<TestCertificate>;
  issueServer(names: readonly string[]): Promise<TestCertificate>;
}

/** Makes a {@link TestAuthority}; its certificates are valid for an hour before and after now. */
export async function makeTestAuthority(clock: Clock): Promise<TestAuthority> {
  const trustDomain = "test.internal";
  const random = new SystemRandom();
  const make = async (
    commonName: string,
    extensions: Parameters<typeof sign>[0]["extensions"],
    issuer?: KeyedCertificate,
  ): Promise<KeyedCertificate> => {
    const keys = await makeKeyPair();
    const certificate = await sign(
      {
        commonName,
        publicKey: keys.publicKey,
        notBeforeMs: clock.nowMs() - hourMs,
        notAfterMs: clock.nowMs() + hourMs,
        extensions,
      },
      issuer === undefined
        ? { privateKey: keys.privateKey }
        : { issuer, privateKey: issuer.privateKey },
      random,
    );
    return { certificate, privateKey: keys.privateKey };
  };
  const root = await make("test root", authorityExtensions(1));
  const issuer = await make("test runner issuer", authorityExtensions(0), root);
  const leaf = async (
    purpose: "client" | "server",
    names: JsonGeneralNames,
    parent: KeyedCertificate,
  ): Promise<TestCertificate> => {
    const made = await make("test leaf", leafExtensions(purpose, names), parent);
    return {
      certificatePem: pemOf(made.certificate) + pemOf(parent.certificate),
      privateKeyPem: new Secret(await exportPrivateKey(made.privateKey)),
    };
  };
  return {
    trustDomain,
    serverTrustPem: pemOf(root.certificate),
    runnerTrustPem: pemOf(issuer.certificate) + pemOf(root.certificate),
    issueRunner: async (subject, change = {}) => {
      const names = change.names ?? [formatRunnerName({ trustDomain, ...subject })];
      return await leaf(
        change.purpose ?? "client",
        names.map((value) => ({ type: "url", value })),
        issuer,
      );
    },
    issueServer: async (names) =>
      await leaf(
        "server",
        names.map((value) => ({ type: "dns", value })),
        root,
      ),
  };
}
