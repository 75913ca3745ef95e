import { Failure } from "@holdfast/foundation/failure.ts";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";

/** How often something may happen, in memory of this process. */
export interface CallLimits {
  /** Counts a call. @throws {Failure} `request.rate_limited` */
  countCall(callerId: string, path: string, perMinuteMax: number): Promise<void>;
  /** Counts a denial; false if the caller has had so many of late that this one is not audited. */
  countDenial(callerId: string): Promise<boolean>;
  /** Refuses who has failed too often of late. @throws {Failure} `identity.throttled` */
  refuseThrottled(keyId: string, address: string): Promise<void>;
  /** Counts a failed authentication. */
  countFailure(keyId: string, address: string): Promise<void>;
}

const failuresPerKeyMax = 10;
const failuresPerAddressMax = 100;
/** More denials of one caller say nothing new, and would let it fill the audit. */
const auditedDenialsMax = 60;
const windowSeconds = 60;

/** Limits of calls per minute, and of failed authentications per key id and per address. */
export function makeCallLimits(): CallLimits {
  const limiters = new Map<number, RateLimiterMemory>();
  const perKey = new RateLimiterMemory({ points: failuresPerKeyMax, duration: windowSeconds });
  const perAddress = new RateLimiterMemory({
    points: failuresPerAddressMax,
    duration: windowSeconds,
  });
  const denials = new RateLimiterMemory({ points: auditedDenialsMax, duration: windowSeconds });
  const limiterOf = (points: number): RateLimiterMemory => {
    const present =
      limiters.get(points) ?? new RateLimiterMemory({ points, duration: windowSeconds });
    limiters.set(points, present);
    return present;
  };
  return {
    countCall: async (callerId, path, perMinuteMax) => {
      await consume(
        limiterOf(perMinuteMax),
        `${callerId.length}:${callerId}${path}`,
        (retryAfterMs) => {
          throw new Failure("request.rate_limited", "The caller calls this method too often.", {
            retryAfterMs,
          });
        },
      );
    },
    countDenial: async (callerId) => {
      let isCounted = true;
      await consume(denials, callerId, () => {
        isCounted = false;
      });
      return isCounted;
    },
    refuseThrottled: async (keyId, address) => {
      const spent = [await perKey.get(keyId), await perAddress.get(address)];
      const blocked = spent.find((each) => each !== null && each.remainingPoints <= 0);
      if (blocked !== undefined && blocked !== null) {
        throw new Failure("identity.throttled", "Too many authentications have failed of late.", {
          retryAfterMs: Math.max(1, blocked.msBeforeNext),
        });
      }
    },
    countFailure: async (keyId, address) => {
      const ignore = (): void => undefined;
      await consume(perKey, keyId, ignore);
      await consume(perAddress, address, ignore);
    },
  };
}

async function consume(
  limiter: RateLimiterMemory,
  key: string,
  atLimit: (retryAfterMs: number) => void,
): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (spent) {
    // The library rejects with its own result, not with an error, when the limit is reached.
    if (spent instanceof RateLimiterRes) {
      atLimit(Math.max(1, spent.msBeforeNext));
      return;
    }
    throw spent;
  }
}
