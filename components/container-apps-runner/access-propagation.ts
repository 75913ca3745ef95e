import { SystemClock } from "@holdfast/foundation/system/system-clock.ts";
import * as pulumi from "@pulumi/pulumi";

const delayMsFirst = 1_000;
const delayMsLast = 30_000;

/** What Container Apps says while it does not see the right to an entry or an image yet. */
const notSeenYet = [
  // InvalidParameterValueInContainerTemplate, microsoft/azure-container-apps issues 930, 1159, 1174.
  /unable to get value using managed identity/i,
  /unable to fetch secret '?[^']*'? using managed identity/i,
  /unable to pull image using managed identity/i,
];

/**
 * How long to wait until the next try, in milliseconds; undefined if another try is of no use, or the wait
 * would be over.
 *
 * Azure takes up to ten minutes until a new role assignment holds everywhere (Azure, "Troubleshoot Azure
 * RBAC", "Role assignment changes are not being detected"). Delays double from 1 s to 30 s.
 *
 * @param errors of all tries so far, the latest first.
 * @param waitSecondsMax bound of all delays together.
 */
export function accessRetryDelayMs(
  errors: readonly string[],
  waitSecondsMax: number,
): number | undefined {
  const [latest = ""] = errors;
  if (!notSeenYet.some((pattern) => pattern.test(latest))) {
    return undefined;
  }
  const delaysMs = errors.map((_, index) => Math.min(delayMsLast, delayMsFirst * 2 ** index));
  const sumMs = delaysMs.reduce((sum, delayMs) => sum + delayMs, 0);
  return sumMs > waitSecondsMax * 1_000 ? undefined : delaysMs.at(-1);
}

/**
 * Tries again while Azure does not see rights that it has just granted.
 *
 * @param name of the component: hooks have one name space in a program.
 */
export function accessPropagationHook(name: string, waitSecondsMax: number): pulumi.ErrorHook {
  const clock = new SystemClock();
  return new pulumi.ErrorHook(`${name}-access-propagation`, async ({ errors }) => {
    const delayMs = accessRetryDelayMs(errors, waitSecondsMax);
    if (delayMs === undefined) {
      return false;
    }
    await clock.wait(delayMs, new AbortController().signal);
    return true;
  });
}
