import { SystemClock } from "@holdfast/foundation/system/system-clock.ts";
import * as pulumi from "@pulumi/pulumi";

/** After so many failures of this kind it is another kind. */
const triesMax = 6;

/** "ECS was unable to assume the role ... that was provided for this task", and how the API words the same. */
const cannotAssumeYet =
  /unable to assume (?:the )?(?:service linked )?role|role (?:is not valid|cannot be assumed)|verify that the .*role.* has the proper permissions/i;

/**
 * How long to wait before the next try, in milliseconds, or undefined to give up: IAM tells the other services
 * of a new role within seconds, but not at once (IAM User Guide, "Changes that I make are not always
 * immediately visible"). 1 s, doubled each time: a minute in all.
 *
 * @param errors what the tries so far ended with, newest first.
 */
export function pauseBeforeRetryMs(errors: readonly string[]): number | undefined {
  const [newest = ""] = errors;
  return cannotAssumeYet.test(newest) && errors.length <= triesMax
    ? 1_000 * 2 ** (errors.length - 1)
    : undefined;
}

/** Tries again to make the service while its roles are not known everywhere yet. */
export function rolePropagationHook(name: string): pulumi.ErrorHook {
  const clock = new SystemClock();
  return new pulumi.ErrorHook(`EcsRunner ${name} role propagation`, async ({ errors }) => {
    const pauseMs = pauseBeforeRetryMs(errors);
    if (pauseMs === undefined) {
      return false;
    }
    await clock.wait(pauseMs, new AbortController().signal);
    return true;
  });
}
