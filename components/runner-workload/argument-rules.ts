import { isIPv4, isIPv6 } from "node:net";
import type { Rule } from "./argument-check.ts";

const digest = /^[^\s@]+@sha256:[0-9a-f]{64}$/;
const reference = /^[^\s@]+(?:@sha256:[0-9a-f]{64})?$/;

/** An image reference; pinned by digest unless a tag is allowed (OCI distribution specification 1.1, "pull"). */
export function imageRule(mayBeMutable: boolean): Rule<string> {
  return (value) => {
    if (mayBeMutable) {
      return reference.test(value) ? undefined : "must be the reference of an image";
    }
    return digest.test(value)
      ? undefined
      : "must be pinned by digest: NAME@sha256:DIGEST, or unsafeMutableImage must be true";
  };
}

/** A whole number within bounds, both allowed. */
export function wholeNumberRule(minimum: number, maximum: number): Rule<number> {
  return (value) =>
    Number.isInteger(value) && value >= minimum && value <= maximum
      ? undefined
      : `must be a whole number from ${minimum} to ${maximum}`;
}

/** One of some texts. */
export function oneOfRule(values: readonly string[]): Rule<string> {
  return (value) => (values.includes(value) ? undefined : `must be one of ${values.join(", ")}`);
}

/** A text that is not empty and matches the pattern as a whole. */
export function patternRule(pattern: RegExp, description: string): Rule<string> {
  return (value) => (pattern.test(value) ? undefined : `must be ${description}`);
}

/** A network in CIDR notation (RFC 4632, section 3.1; RFC 4291, section 2.3). */
export const cidrBlockRule: Rule<string> = (value) => {
  const [address = "", prefix = "", ...rest] = value.split("/");
  const longest = isIPv4(address) ? 32 : isIPv6(address) ? 128 : -1;
  const isPrefix = /^\d{1,3}$/.test(prefix) && Number(prefix) <= longest;
  return rest.length === 0 && isPrefix
    ? undefined
    : "must be a network in CIDR notation, such as 10.0.0.0/8";
};

/** The text of a credentials file that a runner can start from. Messages never repeat any of it. */
export const credentialsRule: Rule<string> = (text) => {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return "must be the text of a credentials file: it is not JSON";
  }
  if (typeof document !== "object" || document === null || Array.isArray(document)) {
    return "must be the text of a credentials file: it is not an object";
  }
  const { type, privateKey } = document as {
    readonly type?: unknown;
    readonly privateKey?: unknown;
  };
  if (type !== "holdfast_runner_credentials") {
    return 'must be the text of a credentials file: its type is not "holdfast_runner_credentials"';
  }
  return typeof privateKey === "string" && privateKey !== ""
    ? undefined
    : "must have its private key: give privateKeyPem to RunnerCredentials, or use RunnerIdentity";
};
