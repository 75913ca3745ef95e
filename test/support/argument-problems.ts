import * as pulumi from "@pulumi/pulumi";
import { ArgumentCheck } from "holdfast/runner-workload/argument-check.ts";

/** What a component does with its arguments: it reports what is wrong, and makes settings of the rest. */
export type ReadArguments<Settings> = (check: ArgumentCheck) => Settings;

// It is in every message, so that it must not be a word that a test looks for in one.
const component = "Component test";

/**
 * What is read, as a component reads it.
 *
 * @throws {pulumi.InputPropertiesError} if anything that is known is wrong.
 */
export function settingsOf<Settings>(read: ReadArguments<Settings>): Settings {
  const check = new ArgumentCheck(component);
  const settings = read(check);
  check.finish();
  return settings;
}

/**
 * What is wrong, as `PATH REASON`, in the order in which it is reported; nothing if all is right.
 *
 * @throws {Error} if the message does not tell the same, because some programs show nothing else.
 */
export function problemsOf(read: ReadArguments<unknown>): readonly string[] {
  const check = new ArgumentCheck(component);
  // Outside of what is caught: a refusal before the end would leave out what is wrong after it.
  read(check);
  const refusal = refusalOf(() => check.finish());
  if (refusal === undefined) {
    return [];
  }
  const problems = refusal.errors.map(({ propertyPath, reason }) => `${propertyPath} ${reason}`);
  const [, ...told] = refusal.message.split("\n  ");
  if (told.join("\n") !== problems.join("\n")) {
    throw new Error(`the message does not tell ${problems.join(", ")}: ${refusal.message}`);
  }
  return problems;
}

/** The refusal of arguments that `work` ends with, if it does. Any other error is the test's to fail with. */
export function refusalOf(work: () => unknown): pulumi.InputPropertiesError | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (pulumi.InputPropertiesError.isInstance(error)) {
      return error;
    }
    throw error;
  }
}
