import "reflect-metadata";
import type { KeyObject } from "node:crypto";
import type { Clock } from "@holdfast/foundation/clock.ts";
import { Failure } from "@holdfast/foundation/failure.ts";
import type { Random } from "@holdfast/foundation/random.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import * as x509 from "@peculiar/x509";
import { importPrivateKey } from "./certificates.ts";
import { checkProvidedFiles } from "./check-provided-files.ts";
import { issuing, type RunnerIssuer } from "./issue-runner-certificate.ts";
import type { LocalAuthority, ServerCertificate } from "./local-authority.ts";
import { areSameFiles, type ProvidedFiles, readProvidedFiles } from "./provided-files.ts";

/** What {@link openProvidedAuthority} needs. */
export interface ProvidedAuthorityOptions {
  /** Folder with the files, {@link providedFileNames}; it is only read. */
  readonly directory: string;
  readonly trustDomain: string;
  /** Hosts that runners and callers are told to connect to: the server's certificate must be for them. */
  readonly serverNames: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
}

/** Everything of the files that belongs together; replaced as a whole. */
interface Current {
  readonly files: ProvidedFiles;
  readonly issuer: RunnerIssuer;
  readonly issuersPem: string;
  readonly server: ServerCertificate;
}

/**
 * Opens an authority that somebody else made: its files are what the stack `pki` returns. The control plane
 * makes nothing of its own, and issues with the one issuer whose key it was given.
 *
 * guarantee: files that change later are taken by `renewServer`, all of them or none: a set that does not
 * belong together, as while they are being written, leaves everything as it was.
 *
 * @throws {Failure} `settings.invalid`, naming each file that is wrong; `store.insecure_mode` if others may
 *   read a key or change a certificate.
 */
export async function openProvidedAuthority(
  options: ProvidedAuthorityOptions,
): Promise<LocalAuthority> {
  let current = await read(options, readProvidedFiles(options.directory));
  return {
    trustDomain: options.trustDomain,
    get serverTrustPem() {
      return current.files.trustPem;
    },
    get runnerIssuersPem() {
      return current.issuersPem;
    },
    get runnerTrustPem() {
      return `${current.issuersPem}${current.files.trustPem}`;
    },
    get server() {
      return current.server;
    },
    renewServer: async () => {
      const files = readProvidedFiles(options.directory);
      if (areSameFiles(files, current.files)) {
        return undefined;
      }
      current = await read(options, files);
      return current.server;
    },
    ...issuing(options, () => current.issuer),
  };
}

async function read(options: ProvidedAuthorityOptions, files: ProvidedFiles): Promise<Current> {
  const { directory, serverNames, clock } = options;
  const problems = checkProvidedFiles(files, { serverNames, nowMs: clock.nowMs() });
  const { issuerKey, serverKey } = files;
  if (problems.length > 0 || issuerKey === undefined || serverKey === undefined) {
    throw new Failure(
      "settings.invalid",
      `The certificate authority in ${directory} cannot be used.`,
      { fields: problems },
    );
  }
  return {
    files,
    issuer: {
      certificate: new x509.X509Certificate(firstOf(files.issuerPem)),
      privateKey: await importPrivateKey(issuerKey),
      chainPem: withNewline(files.issuerPem),
    },
    issuersPem: `${firstOf(files.issuerPem)}${withNewline(files.otherIssuersPem)}`,
    server: { chainPem: files.serverPem, privateKeyPem: new Secret(pemOfKey(serverKey)) },
  };
}

function firstOf(pem: string): string {
  const end = "-----END CERTIFICATE-----";
  return `${pem.slice(0, pem.indexOf(end))}${end}\n`;
}

/** Texts follow each other in what is made of them. */
function withNewline(pem: string): string {
  return pem === "" || pem.endsWith("\n") ? pem : `${pem}\n`;
}

function pemOfKey(key: KeyObject): string {
  return String(key.export({ type: "pkcs8", format: "pem" }));
}
