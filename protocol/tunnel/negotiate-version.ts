import { oldestMinor, protocolVersion } from "../version.ts";

/** A version as the hello and the welcome carry it. */
export interface Version {
  readonly major: number;
  readonly minor: number;
}

/**
 * The version that both sides use: of two minors the lower one.
 *
 * @returns undefined if the versions do not meet.
 */
export function negotiateVersion(theirs: Version | undefined): Version | undefined {
  if (theirs === undefined || theirs.major !== protocolVersion.major) {
    return undefined;
  }
  const minor = Math.min(theirs.minor, protocolVersion.minor);
  return minor < oldestMinor ? undefined : { major: protocolVersion.major, minor };
}

/** Whether a peer understands drain frames, which came with 1.1. */
export function understandsDrain(version: Version): boolean {
  return version.minor >= 1;
}
