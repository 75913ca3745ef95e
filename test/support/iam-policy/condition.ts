import { matchesArn, matchesText } from "./pattern.ts";
import type { Conditions } from "./policy-document.ts";
import type { RequestContext } from "./request.ts";

/** Whether one value of the request fits one of the policy. */
type Comparison = (wanted: string, given: string, context: RequestContext) => boolean;

const exactly: Comparison = (wanted, given, context) =>
  // Wildcards are characters like others here, variables are not.
  matchesText(wanted.replaceAll(/(?<!\$\{)[*?](?!\})/g, "$${$&}"), given, context);
const asNumber =
  (compare: (given: number, wanted: number) => boolean): Comparison =>
  (wanted, given) =>
    compare(Number(given), Number(wanted));

const comparisons: Readonly<Record<string, Comparison>> = {
  StringEquals: exactly,
  StringLike: matchesText,
  // The two do the same ("Amazon Resource Name (ARN) condition operators").
  ArnEquals: matchesArn,
  ArnLike: matchesArn,
  Bool: (wanted, given) => wanted.toLowerCase() === given.toLowerCase(),
  NumericEquals: asNumber((given, wanted) => given === wanted),
  NumericLessThanEquals: asNumber((given, wanted) => given <= wanted),
};

/** The same, turned around: they hold if no value fits, and so also if the key is not there. */
const negations: Readonly<Record<string, string>> = {
  StringNotEquals: "StringEquals",
  StringNotLike: "StringLike",
  ArnNotEquals: "ArnEquals",
  ArnNotLike: "ArnLike",
};

/**
 * Whether every condition holds: all operators, of each all keys, of each one value (IAM User Guide, "IAM JSON policy
 * elements: Condition operators").
 *
 * @throws {Error} at an operator that is not known here, rather than to guess.
 */
export function conditionsHold(conditions: Conditions, context: RequestContext): boolean {
  return [...conditions].every(([operator, keys]) =>
    [...keys].every(([key, wanted]) =>
      holds(operator, wanted, context.get(key.toLowerCase()), context),
    ),
  );
}

function holds(
  operator: string,
  wanted: readonly string[],
  given: readonly string[] | undefined,
  context: RequestContext,
): boolean {
  if (operator === "Null") {
    return wanted.some((value) => (value === "true") === (given === undefined));
  }
  const [, quantifier, name = "", ifExists] =
    /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/.exec(operator) ?? [];
  const negated = negations[name];
  const comparison = comparisons[negated ?? name];
  if (comparison === undefined) {
    throw new Error(`the condition operator ${operator} is not known here`);
  }
  if (given === undefined) {
    // Without the key: ForAllValues holds, ForAnyValue does not, and of the others those that deny.
    return ifExists !== undefined || quantifierOfNothing(quantifier, negated !== undefined);
  }
  const fits = (value: string): boolean =>
    wanted.some((each) => comparison(each, value, context)) === (negated === undefined);
  if (quantifier === undefined && given.length !== 1) {
    throw new Error(`${operator} compares one value, and the request has ${given.length}`);
  }
  return quantifier === "ForAllValues" ? given.every(fits) : given.some(fits);
}

function quantifierOfNothing(quantifier: string | undefined, isNegated: boolean): boolean {
  return quantifier === undefined ? isNegated : quantifier === "ForAllValues";
}
