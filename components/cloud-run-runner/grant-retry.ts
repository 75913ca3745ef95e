import type { Clock } from "@holdfast/foundation/clock.ts";
import * as pulumi from "@pulumi/pulumi";

/** Waits between tries, in milliseconds: about 6 minutes in all. Grants hold within 2 minutes as a rule, and may take 7
 * (IAM documentation, "Access change propagation"). */
const retryDelaysMs = [1, 2, 4, 8, 16, 30, 60, 60, 90, 90].map((seconds) => seconds * 1_000);

/**
 * How long to wait before the deployment is tried again, in milliseconds; undefined if it is not to be.
 *
 * Cloud Run has no code for "the service account cannot read the secret yet": the text is all there is.
 *
 * @param errors all that were seen so far, the newest first.
 */
export function retryDelayMs(errors: readonly string[]): number | undefined {
  const [newest = ""] = errors;
  return /permission denied on secret/i.test(newest) ? retryDelaysMs[errors.length - 1] : undefined;
}

/**
 * Tries a worker pool's deployment again until the grant on its secret holds: Cloud Run looks at every secret when it
 * deploys.
 *
 * A first deployment that failed this way has made the worker pool, and a second creation would fail because it exists
 * (hashicorp/terraform-provider-google#17245); the provider keeps its id, so that the engine's next try is an update.
 *
 * @param name the component's: names of hooks are global in a program.
 */
export function grantRetry(name: string, clock: Clock): pulumi.ErrorHook {
  const never = new AbortController().signal;
  return new pulumi.ErrorHook(`${name}-grant-retry`, async ({ errors }) => {
    const delayMs = retryDelayMs(errors);
    if (delayMs === undefined) {
      return false;
    }
    await clock.wait(delayMs, never);
    return true;
  });
}
