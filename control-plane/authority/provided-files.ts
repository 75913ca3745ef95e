import { createPrivateKey, type KeyObject } from "node:crypto";
import { join } from "node:path";
import { readMountedFile } from "./private-files.ts";

/** Files of a provided authority: certificates, which may be readable by others, and keys, which may not. */
export const providedFileNames = {
  /** Roots that servers' and runners' certificates lead to. */
  trust: "trust.pem",
  /** The issuer that signs runners' certificates, then the authorities above it without the root. */
  issuer: "runner-issuer.pem",
  /** Its key. */
  issuerKey: "runner-issuer.key.pem",
  /** Further issuers whose certificates of runners are accepted: of generations that are not retired. */
  otherIssuers: "runner-issuers.pem",
  /** What the control plane presents: its certificate, then the authorities above it without the root. */
  server: "server.pem",
  /** Its key. */
  serverKey: "server.key.pem",
} as const;

/** The files as read. */
export interface ProvidedFiles {
  readonly trustPem: string;
  readonly issuerPem: string;
  readonly issuerKey: KeyObject | undefined;
  readonly otherIssuersPem: string;
  readonly serverPem: string;
  readonly serverKey: KeyObject | undefined;
}

/**
 * Reads the files; what is not there, or is no key, is left empty.
 *
 * @throws {Failure} `store.insecure_mode` if others may read a key, or change a certificate.
 */
export function readProvidedFiles(directory: string): ProvidedFiles {
  const certificates = (name: string): string =>
    readMountedFile(join(directory, name), "certificate") ?? "";
  const key = (name: string): KeyObject | undefined =>
    readKey(readMountedFile(join(directory, name), "key"));
  return {
    trustPem: certificates(providedFileNames.trust),
    issuerPem: certificates(providedFileNames.issuer),
    issuerKey: key(providedFileNames.issuerKey),
    otherIssuersPem: certificates(providedFileNames.otherIssuers),
    serverPem: certificates(providedFileNames.server),
    serverKey: key(providedFileNames.serverKey),
  };
}

/** Whether both have the same in them. */
export function areSameFiles(one: ProvidedFiles, other: ProvidedFiles): boolean {
  return (
    one.trustPem === other.trustPem &&
    one.issuerPem === other.issuerPem &&
    one.otherIssuersPem === other.otherIssuersPem &&
    one.serverPem === other.serverPem &&
    areSameKeys(one.issuerKey, other.issuerKey) &&
    areSameKeys(one.serverKey, other.serverKey)
  );
}

function areSameKeys(one: KeyObject | undefined, other: KeyObject | undefined): boolean {
  return one !== undefined && other !== undefined ? one.equals(other) : one === other;
}

function readKey(pem: string | undefined): KeyObject | undefined {
  try {
    return pem === undefined ? undefined : createPrivateKey(pem);
  } catch {
    // The library's message may quote the key; whoever checks the files tells which one it was.
    return undefined;
  }
}
