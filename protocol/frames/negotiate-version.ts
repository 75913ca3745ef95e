import { oldestMinor, protocolVersion } from "../version.ts";

/** A version of the protocol. */
export interface Version {
  readonly major: number;
  readonly minor: number;
}

/**
 * The version that both sides use: the lower of two minors. A newer peer goes down to ours, an older one
 * keeps its own as long as we still speak it.
 *
 * @returns undefined if they do not meet.
 */
export function negotiateVersion(peer: Version | undefined): Version | undefined {
  if (peer?.major !== protocolVersion.major || peer.minor < oldestMinor) {
    return undefined;
  }
  return { major: peer.major, minor: Math.min(peer.minor, protocolVersion.minor) };
}
