import type { RequestContext } from "./request.ts";

/** A pattern in pieces: literal text, and wildcards. */
type Piece = { readonly literal: string } | { readonly wildcard: "*" | "?" };

/**
 * The pieces of a pattern, its variables replaced; undefined if a variable has no value in the request, in which
 * case nothing matches (IAM User Guide, "Policy variables": a statement with a key that is not there does not
 * apply). What a variable stands for is literal, whatever characters are in it.
 */
function pieces(pattern: string, context: RequestContext): readonly Piece[] | undefined {
  const result: Piece[] = [];
  for (const [part] of pattern.matchAll(/\$\{[^}]*\}|[*?]|[^*?$]+|\$/g)) {
    if (part === "*" || part === "?") {
      result.push({ wildcard: part });
      continue;
    }
    const literal = part.startsWith("${") ? variable(part.slice(2, -1), context) : part;
    if (literal === undefined) {
      return undefined;
    }
    result.push({ literal });
  }
  return result;
}

/** `${aws:username}`, `${aws:PrincipalTag/team, 'default'}`, and `${*}`, `${?}`, `${$}` for the characters. */
function variable(text: string, context: RequestContext): string | undefined {
  if (text === "*" || text === "?" || text === "$") {
    return text;
  }
  const [, key = "", fallback] = /^([^,]+?)(?:\s*,\s*'([^']*)')?$/.exec(text) ?? [];
  const values = context.get(key.toLowerCase());
  return values?.length === 1 ? values[0] : fallback;
}

function toExpression(list: readonly Piece[], star: string, flags: string): RegExp {
  const source = list.map((piece) => {
    if ("literal" in piece) {
      return RegExp.escape(piece.literal);
    }
    return piece.wildcard === "*" ? star : ".";
  });
  return new RegExp(`^${source.join("")}$`, flags);
}

/** Whether a text matches a pattern; upper and lower case differ. */
export function matchesText(pattern: string, text: string, context: RequestContext): boolean {
  const list = pieces(pattern, context);
  return list !== undefined && toExpression(list, ".*", "s").test(text);
}

/** Whether an action matches; upper and lower case are the same ("IAM JSON policy elements: Action"). */
export function matchesAction(pattern: string, action: string): boolean {
  return toExpression(pieces(pattern, new Map()) ?? [], ".*", "si").test(action);
}

/**
 * Whether an ARN matches, part by part: a wildcard stays within its part, except that a `*` at the end of a part may
 * go beyond it ("IAM JSON policy elements: Resource", "Wildcard characters in resource ARNs").
 */
export function matchesArn(pattern: string, arn: string, context: RequestContext): boolean {
  if (pattern === "*") {
    return true;
  }
  const sources = splitArn(pattern).map((part) => {
    const list = pieces(part, context);
    if (list === undefined) {
      return undefined;
    }
    const last = list.at(-1);
    const isOpen = last !== undefined && "wildcard" in last && last.wildcard === "*";
    const inner = toExpression(isOpen ? list.slice(0, -1) : list, "[^:]*", "s").source.slice(1, -1);
    return isOpen ? `${inner}.*` : inner;
  });
  return !sources.includes(undefined) && new RegExp(`^${sources.join(":")}$`, "s").test(arn);
}

/** Splits at colons, but not at those of a variable such as `${aws:username}`. */
function splitArn(pattern: string): readonly string[] {
  return (
    pattern
      .match(/(?:\$\{[^}]*\}|[^:])*(?::|$)/g)
      ?.slice(0, -1)
      .map(withoutColon) ?? []
  );
}

function withoutColon(part: string): string {
  return part.endsWith(":") ? part.slice(0, -1) : part;
}
