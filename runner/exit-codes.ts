import type { FailureCode } from "@holdfast/foundation/failure-catalog.ts";

/** Exit codes that do not come from a failure's code. */
export const exitCodes = {
  /** It was asked to stop and has ended in order. */
  stopped: 0,
  /** Something is wrong in the runner itself. */
  internal: 1,
  /** Refused for a reason that this version does not know, or that has no exit code of its own. */
  refused: 9,
  /** A second signal, or the end of the time to drain, cut operations that were running. */
  forced: 70,
  /** There was no answer from the control plane for longer than `HOLDFAST_OFFLINE_EXIT_SECONDS` allows. */
  offline: 71,
} as const;

/** The exit code of each failure that ends a runner: one for each reason, never reused. */
export const exitCodeOfFailure: Readonly<Partial<Record<FailureCode, number>>> = {
  "settings.invalid": 2,
  "policy.invalid": 3,
  "credentials.unreadable": 10,
  "credentials.invalid": 11,
  "certificate.missing": 20,
  "certificate.untrusted": 21,
  "certificate.wrong_purpose": 22,
  "certificate.malformed_name": 23,
  "certificate.not_yet_valid": 24,
  "certificate.expired": 25,
  "certificate.unknown": 26,
  "certificate.revoked": 27,
  "certificate.wrong_organization": 28,
  "certificate.wrong_runner": 29,
  "certificate.server_untrusted": 30,
  "protocol.version_unsupported": 31,
  "protocol.violated": 32,
  "runner.not_found": 33,
  "runner.disabled": 34,
  "organization.not_found": 35,
  "credentials.revoked": 36,
  "identity.missing": 40,
  "identity.api_key_malformed": 41,
  "identity.api_key_unknown": 42,
  "identity.api_key_revoked": 43,
  "identity.api_key_expired": 44,
  "identity.api_key_wrong_organization": 45,
  "identity.api_key_wrong_runner": 46,
  "access.denied": 47,
  "access.insufficient_permission": 48,
};

/** The exit code for a failure's code, which may come from a newer control plane. */
export function exitCodeFor(code: string): number {
  const known: Readonly<Record<string, number | undefined>> = exitCodeOfFailure;
  return (Object.hasOwn(known, code) ? known[code] : undefined) ?? exitCodes.refused;
}
