import type { Policy, PolicyRule } from "./parse-policy.ts";

/** What a policy is asked about. */
export interface PolicyQuestion {
  /** Name in the catalog. */
  readonly operation: string;
  /** Name of the connection; undefined for operations without one. */
  readonly connection: string | undefined;
  /** Name of the caller's service account. */
  readonly caller: string;
  readonly effect: "read" | "write";
}

/** What the policy says. */
export type PolicyDecision =
  | { readonly allowed: true; readonly rule: string }
  | { readonly allowed: false; readonly reason: string };

/**
 * Judges one operation. A rule that denies wins over every rule that allows, whatever their order; what
 * no rule allows is refused.
 */
export function judge(policy: Policy, question: PolicyQuestion): PolicyDecision {
  const matching = policy.rules.filter((rule) => matches(rule, question));
  const denying = matching.find((rule) => rule.decision === "deny");
  if (denying !== undefined) {
    return { allowed: false, reason: `the rule \`${denying.name}\` denies it` };
  }
  const allowing = matching.find((rule) => rule.decision === "allow");
  return allowing === undefined
    ? { allowed: false, reason: "no rule allows it" }
    : { allowed: true, rule: allowing.name };
}

function matches(rule: PolicyRule, question: PolicyQuestion): boolean {
  return (
    matchesOne(rule.operations, question.operation) &&
    (rule.connections === undefined || matchesOne(rule.connections, question.connection)) &&
    (rule.callers === undefined || matchesOne(rule.callers, question.caller)) &&
    (rule.effects === undefined || rule.effects.includes(question.effect))
  );
}

function matchesOne(globs: readonly string[], text: string | undefined): boolean {
  return text !== undefined && globs.some((glob) => matchesGlob(glob, text));
}

/**
 * Whether `text` is of the form of `glob`. Compared piece by piece instead of by a regular expression,
 * so that no glob, however odd, can take long.
 */
export function matchesGlob(glob: string, text: string): boolean {
  const [first = "", ...rest] = glob.split("*");
  const last = rest.pop();
  if (last === undefined) {
    return text === glob;
  }
  if (!text.startsWith(first)) {
    return false;
  }
  let at = first.length;
  for (const piece of rest) {
    const found = text.indexOf(piece, at);
    if (found < 0) {
      return false;
    }
    at = found + piece.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
