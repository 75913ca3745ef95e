import * as pulumi from "@pulumi/pulumi";
import { ArgumentCheck, type Rule } from "../runner-workload/argument-check.ts";
import type { RunnerDeploymentArgs } from "./runner-deployment-args.ts";
import { checkTarget, givenTargets, type RunnerTarget, targetNames } from "./runner-targets.ts";

/**
 * Reports if not exactly one target is given, and what is wrong with the arguments of it, each by its whole path:
 * `ecs.image`. What is an output is judged by the target's own component, when it is known.
 */
export function checkTargets(
  runnerName: string,
  args: RunnerDeploymentArgs,
  check: ArgumentCheck,
): void {
  const given = givenTargets(args);
  const [target] = given;
  if (target === undefined) {
    check.report("args", `must have exactly one of ${targetNames.join(", ")}; given: none`);
    return;
  }
  if (given.length > 1) {
    for (const path of given) {
      check.report(
        path,
        `must be the only one of ${targetNames.join(", ")}; given: ${given.join(", ")}`,
      );
    }
    return;
  }
  if (isOutput(args[target])) {
    check.checkPlain(target, args[target]);
    return;
  }
  for (const { propertyPath, reason } of problemsOf(target, runnerName, args)) {
    // The name is the component's own, to which the runner's adds an end.
    check.report(propertyPath === "name" ? "name" : `${target}.${propertyPath}`, reason);
  }
}

function problemsOf(
  target: RunnerTarget,
  runnerName: string,
  args: RunnerDeploymentArgs,
): readonly pulumi.InputPropertyErrorDetails[] {
  const inner = new PlainArgumentCheck(runnerName);
  checkTarget(target, runnerName, args, inner);
  try {
    inner.finish();
  } catch (error) {
    if (error instanceof pulumi.InputPropertiesError) {
      return error.errors;
    }
    throw error;
  }
  return [];
}

/** Passes outputs by: nobody waits for what this check makes of them, so a failure there would be nobody's. */
class PlainArgumentCheck extends ArgumentCheck {
  override check<T>(path: string, value: pulumi.Input<T>, rule: Rule<T>): pulumi.Input<T> {
    return isOutput(value) ? value : super.check(path, value, rule);
  }

  override checkSecret(
    path: string,
    value: pulumi.Input<string>,
    rule: Rule<string>,
  ): pulumi.Output<string> {
    return isOutput(value) ? pulumi.secret(value) : super.checkSecret(path, value, rule);
  }
}

function isOutput(value: unknown): boolean {
  return pulumi.Output.isInstance(value) || value instanceof Promise;
}
