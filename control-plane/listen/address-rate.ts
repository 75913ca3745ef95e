import { isIPv6 } from "node:net";

/** How often one address may come. */
export interface AddressRateLimits {
  /** How many may come at once after a pause. */
  readonly burst: number;
  /** How many may come in the long run, per second. */
  readonly perSecond: number;
  /** How many addresses are remembered; beyond it, the one that came first is forgotten. */
  readonly addressesMax: number;
}

/** A bucket of tokens for each address, in bounded memory. */
export class AddressRate {
  readonly #limits: AddressRateLimits;
  readonly #buckets = new Map<string, { tokens: number; atMs: number }>();

  constructor(limits: AddressRateLimits) {
    this.#limits = limits;
  }

  /** How many addresses are remembered now. */
  get size(): number {
    return this.#buckets.size;
  }

  /** Takes a token; false if the address has none left. `nowMs` never goes backwards. */
  take(address: string, nowMs: number): boolean {
    const { burst, perSecond, addressesMax } = this.#limits;
    const key = networkOf(address);
    const bucket = this.#buckets.get(key) ?? { tokens: burst, atMs: nowMs };
    bucket.tokens = Math.min(burst, bucket.tokens + ((nowMs - bucket.atMs) / 1_000) * perSecond);
    bucket.atMs = nowMs;
    // Put last anew, so that the first entry is always the one that has been away longest.
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    const oldest =
      this.#buckets.size > addressesMax ? this.#buckets.keys().next().value : undefined;
    if (oldest !== undefined) {
      this.#buckets.delete(oldest);
    }
    if (bucket.tokens < 1) {
      return false;
    }
    bucket.tokens -= 1;
    return true;
  }
}

/**
 * Who an address belongs to, as far as can be told: an IPv4 address as it is, also when it comes
 * mapped into IPv6; of IPv6 the first 64 bits, because one host has all the rest (RFC 4291, 2.5.4).
 */
export function networkOf(address: string): string {
  if (address.startsWith("::ffff:") && address.includes(".")) {
    return address.slice("::ffff:".length);
  }
  if (!isIPv6(address)) {
    return address;
  }
  const [head = "", tail = ""] = address.split("%", 1)[0]?.split("::") ?? [];
  const first = head.split(":").filter((part) => part !== "");
  const last = tail.split(":").filter((part) => part !== "");
  const zeros = Array<string>(Math.max(0, 8 - first.length - last.length)).fill("0");
  return [...first, ...zeros, ...last].slice(0, 4).join(":");
}
