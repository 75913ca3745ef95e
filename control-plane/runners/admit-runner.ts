import type { FailureCode } from "@holdfast/foundation/failure-catalog.ts";
import type { VerifiedRunnerCertificate } from "../authority/verify-runner-certificate.ts";
import type { Storage } from "../stores.ts";
import type { Runner, RunnerCredentials } from "./runner.ts";

/** What came of the first phase, where it needs the database. */
export type Admission =
  | { readonly ok: true; readonly runner: Runner; readonly credentials: RunnerCredentials }
  | { readonly ok: false; readonly code: FailureCode; readonly message: string };

const refused = (code: FailureCode, message: string): Admission => ({ ok: false, code, message });

/**
 * Admits a runner whose certificate has been verified, in the order of design.md, section 5: the serial
 * is known and not revoked; the runner is enabled; what it claims equals what its certificate says.
 */
export async function admitRunner(
  deps: { readonly storage: Storage },
  candidate: {
    readonly certificate: VerifiedRunnerCertificate;
    readonly claimed: { readonly organizationId: string; readonly runnerId: string };
  },
): Promise<Admission> {
  const { certificate, claimed } = candidate;
  const { credentials: store, runners } = deps.storage.read;
  const credentials = await store.findBySerial(certificate.serial);
  // A serial that is known must be known for exactly this certificate and this runner.
  if (
    credentials?.certificateFingerprint !== certificate.fingerprint ||
    credentials.runnerId !== certificate.name.runnerId ||
    credentials.organizationId !== certificate.name.organizationId
  ) {
    return refused("certificate.unknown", "The certificate is not on record.");
  }
  if (credentials.revokedAtMs !== undefined) {
    return refused("certificate.revoked", "The certificate has been revoked.");
  }
  const runner = await runners.find(credentials.organizationId, credentials.runnerId);
  if (runner === undefined) {
    return refused("certificate.unknown", "The runner of this certificate is not on record.");
  }
  if (!runner.isEnabled) {
    return refused("runner.disabled", "The runner has been disabled.");
  }
  if (claimed.organizationId !== runner.organizationId) {
    return refused(
      "certificate.wrong_organization",
      "The runner claims another organization than its certificate says.",
    );
  }
  if (claimed.runnerId !== runner.id) {
    return refused(
      "certificate.wrong_runner",
      "The runner claims another name than its certificate says.",
    );
  }
  return { ok: true, runner, credentials };
}
