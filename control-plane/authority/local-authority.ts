import "reflect-metadata";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { join } from "node:path";
import type { Clock } from "@holdfast/foundation/clock.ts";
import { Failure } from "@holdfast/foundation/failure.ts";
import type { Random } from "@holdfast/foundation/random.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import * as x509 from "@peculiar/x509";
import type { CertificateAuthority } from "./authority.ts";
import {
  authorityExtensions,
  exportPrivateKey,
  importPrivateKey,
  type KeyedCertificate,
  leafExtensions,
  makeKeyPair,
  pemOf,
  sign,
} from "./certificates.ts";
import { clockSkewMs, issuing } from "./issue-runner-certificate.ts";
import { makePrivateDirectory, readPrivateFile, writePrivateFile } from "./private-files.ts";

const dayMs = 86_400_000;
const rootLifetimeMs = 3_650 * dayMs;
const issuerLifetimeMs = 1_825 * dayMs;
const serverLifetimeMs = 90 * dayMs;

/** What {@link openLocalAuthority} needs. */
export interface LocalAuthorityOptions {
  /** Folder of the authority's files, mode 0700. */
  readonly directory: string;
  readonly trustDomain: string;
  /** Host names and addresses of the control plane. */
  readonly serverNames: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
}

/** An authority whose keys are files of this machine. */
export interface LocalAuthority extends CertificateAuthority {
  /** Every issuer whose certificates of runners are accepted, PEM. */
  readonly runnerIssuersPem: string;
  /** Those issuers and the roots above them, PEM: what a runner's chain must end in. */
  readonly runnerTrustPem: string;
  /** The control plane's own certificate chain and key, PEM. */
  readonly server: ServerCertificate;
  /** The control plane's certificate, if there is another one since: made because it was due, or provided. */
  renewServer(): Promise<ServerCertificate | undefined>;
}

/** The control plane's own certificate. */
export interface ServerCertificate {
  readonly chainPem: string;
  readonly privateKeyPem: Secret<string>;
}

/**
 * Opens the authority, making what is missing: the root, the issuer of runners, and the control plane's
 * own certificate, which is also made anew when its names changed or a third of its life is left.
 *
 * @throws {Failure} `store.insecure_mode` if others may read a file of it; `store.unreadable` if its
 *   files do not belong together.
 */
export async function openLocalAuthority(options: LocalAuthorityOptions): Promise<LocalAuthority> {
  makePrivateDirectory(options.directory);
  const root = await openOrMake(
    options,
    "root",
    async () =>
      await makeAuthority(options, "Holdfast root", { lifetimeMs: rootLifetimeMs, pathLength: 1 }),
  );
  const issuer = await openOrMake(
    options,
    "runner-issuer",
    async () =>
      await makeAuthority(options, "Holdfast runner issuer", {
        lifetimeMs: issuerLifetimeMs,
        pathLength: 0,
        parent: root,
      }),
  );
  if (!(await belongsTogether(root, root)) || !(await belongsTogether(issuer, root))) {
    throw new Failure(
      "store.unreadable",
      `The files of the certificate authority in ${options.directory} do not belong together.`,
    );
  }
  const server = (await currentServer(options, root)) ?? (await renewServer(options, root));
  return {
    trustDomain: options.trustDomain,
    serverTrustPem: pemOf(root.certificate),
    runnerIssuersPem: pemOf(issuer.certificate),
    runnerTrustPem: `${pemOf(issuer.certificate)}${pemOf(root.certificate)}`,
    server: await serverCertificateOf(server),
    renewServer: async () =>
      (await currentServer(options, root)) === undefined
        ? await serverCertificateOf(await renewServer(options, root))
        : undefined,
    ...issuing(options, () => ({
      certificate: issuer.certificate,
      privateKey: issuer.privateKey,
      chainPem: pemOf(issuer.certificate),
    })),
  };
}

async function makeAuthority(
  options: LocalAuthorityOptions,
  commonName: string,
  shape: {
    readonly lifetimeMs: number;
    readonly pathLength: number;
    readonly parent?: KeyedCertificate;
  },
): Promise<KeyedCertificate> {
  const keys = await makeKeyPair();
  const nowMs = options.clock.nowMs();
  const certificate = await sign(
    {
      commonName,
      publicKey: keys.publicKey,
      notBeforeMs: nowMs - clockSkewMs,
      notAfterMs: nowMs + shape.lifetimeMs,
      extensions: authorityExtensions(shape.pathLength),
    },
    shape.parent === undefined
      ? { privateKey: keys.privateKey }
      : { issuer: shape.parent, privateKey: shape.parent.privateKey },
    options.random,
  );
  return { certificate, privateKey: keys.privateKey };
}

async function makeServer(
  options: LocalAuthorityOptions,
  root: KeyedCertificate,
): Promise<KeyedCertificate> {
  const keys = await makeKeyPair();
  const nowMs = options.clock.nowMs();
  const certificate = await sign(
    {
      commonName: "Holdfast control plane",
      publicKey: keys.publicKey,
      notBeforeMs: nowMs - clockSkewMs,
      notAfterMs: nowMs + serverLifetimeMs,
      extensions: leafExtensions("server", options.serverNames.map(generalName)),
    },
    { issuer: root, privateKey: root.privateKey },
    options.random,
  );
  return { certificate, privateKey: keys.privateKey };
}

/** The stored server certificate, if it is good for longer; undefined if another one is due. */
async function currentServer(
  options: LocalAuthorityOptions,
  root: KeyedCertificate,
): Promise<KeyedCertificate | undefined> {
  const present = await open(options, "server");
  return present !== undefined &&
    (await belongsTogether(present, root)) &&
    isServerCurrent(present.certificate, options.serverNames, options.clock.nowMs())
    ? present
    : undefined;
}

async function renewServer(
  options: LocalAuthorityOptions,
  root: KeyedCertificate,
): Promise<KeyedCertificate> {
  return await save(options, "server", await makeServer(options, root));
}

async function serverCertificateOf(pair: KeyedCertificate): Promise<ServerCertificate> {
  return {
    chainPem: pemOf(pair.certificate),
    privateKeyPem: new Secret(await exportPrivateKey(pair.privateKey)),
  };
}

function generalName(name: string): { readonly type: "dns" | "ip"; readonly value: string } {
  return { type: isIP(name) === 0 ? "dns" : "ip", value: name };
}

/** Whether a server certificate has the wanted names and at least a third of its life left. */
function isServerCurrent(
  certificate: x509.X509Certificate,
  names: readonly string[],
  nowMs: number,
): boolean {
  const present =
    certificate.getExtension(x509.SubjectAlternativeNameExtension)?.names.toJSON() ?? [];
  const known = new Set(present.map(({ type, value }) => `${type}:${value}`));
  const hasNames = names.map(generalName).every(({ type, value }) => known.has(`${type}:${value}`));
  return hasNames && certificate.notAfter.getTime() - nowMs > serverLifetimeMs / 3;
}

async function openOrMake(
  options: LocalAuthorityOptions,
  name: string,
  make: () => Promise<KeyedCertificate>,
): Promise<KeyedCertificate> {
  return (await open(options, name)) ?? (await save(options, name, await make()));
}

async function open(
  options: LocalAuthorityOptions,
  name: string,
): Promise<KeyedCertificate | undefined> {
  const keyPem = readPrivateFile(join(options.directory, `${name}.key.pem`));
  const certificatePem = readPrivateFile(join(options.directory, `${name}.pem`));
  if (keyPem === undefined || certificatePem === undefined) {
    return undefined;
  }
  return {
    certificate: new x509.X509Certificate(certificatePem),
    privateKey: await importPrivateKey(createPrivateKey(keyPem)),
  };
}

/**
 * Whether the key is the certificate's, and `root` signed it: a process that was killed between the
 * two files leaves the new key beside the old certificate.
 */
async function belongsTogether(pair: KeyedCertificate, root: KeyedCertificate): Promise<boolean> {
  const certificate = new X509Certificate(pemOf(pair.certificate));
  return (
    certificate.checkPrivateKey(createPrivateKey(await exportPrivateKey(pair.privateKey))) &&
    certificate.verify(new X509Certificate(pemOf(root.certificate)).publicKey)
  );
}

/** The certificate last: a key without one is made anew at the next start. */
async function save(
  options: LocalAuthorityOptions,
  name: string,
  made: KeyedCertificate,
): Promise<KeyedCertificate> {
  writePrivateFile(
    join(options.directory, `${name}.key.pem`),
    await exportPrivateKey(made.privateKey),
  );
  writePrivateFile(join(options.directory, `${name}.pem`), pemOf(made.certificate));
  return made;
}
