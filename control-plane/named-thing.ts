import type { FieldProblem } from "@holdfast/foundation/failure.ts";
import { Failure } from "@holdfast/foundation/failure.ts";
import { namePattern, nameRule } from "@holdfast/foundation/identifier.ts";

const descriptionMax = 1_000;
const displayNameMax = 200;
const valueBytesMax = 65_536;

/** What is wrong with a name; empty if nothing is. */
export function nameProblems(name: string): readonly FieldProblem[] {
  return namePattern.test(name) ? [] : [{ field: "name", problem: `must be ${nameRule}` }];
}

/** What is wrong with a text for people; empty if nothing is. */
export function descriptionProblems(description: string): readonly FieldProblem[] {
  return lengthProblems("description", description, descriptionMax);
}

/** What is wrong with a name that is for people; empty if nothing is. */
export function displayNameProblems(displayName: string): readonly FieldProblem[] {
  return lengthProblems("display_name", displayName, displayNameMax);
}

function lengthProblems(field: string, text: string, max: number): readonly FieldProblem[] {
  return text.length <= max ? [] : [{ field, problem: `must be at most ${max} characters` }];
}

/** What is wrong with the value of a secret or variable; the value is never repeated. */
export function valueProblems(value: string): readonly FieldProblem[] {
  return Buffer.byteLength(value) <= valueBytesMax
    ? []
    : [{ field: "value", problem: "must be at most 64 KiB" }];
}

/** @throws {Failure} `request.invalid` with all problems, if there is one. */
export function refuseProblems(
  what: string,
  ...problems: readonly (readonly FieldProblem[])[]
): void {
  const fields = problems.flat();
  if (fields.length > 0) {
    throw new Failure("request.invalid", `The ${what} is not as it should be.`, { fields });
  }
}
