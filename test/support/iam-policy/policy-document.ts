/** Operator, such as `ForAllValues:StringEqualsIfExists`, then key, then the values of which one must match. */
export type Conditions = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;

/** One statement, with everything in its long form. */
export interface Statement {
  readonly effect: "Allow" | "Deny";
  /** Kind (`AWS`, `Service`, `Federated`), then names; undefined in policies of identities. */
  readonly principals: ReadonlyMap<string, readonly string[]> | undefined;
  readonly notPrincipals: ReadonlyMap<string, readonly string[]> | undefined;
  readonly actions: readonly string[] | undefined;
  readonly notActions: readonly string[] | undefined;
  /** Undefined in a trust policy: the role is the resource. */
  readonly resources: readonly string[] | undefined;
  readonly notResources: readonly string[] | undefined;
  readonly conditions: Conditions;
}

const elements = new Set(
  "Sid Effect Principal NotPrincipal Action NotAction Resource NotResource Condition".split(" "),
);

/**
 * Reads a policy's text, or the object that it stands for.
 *
 * @throws {Error} if it is not one by the vendor's grammar: an unknown element is no element that does nothing
 * (IAM User Guide, "Grammar of the IAM JSON policy language").
 */
export function readPolicy(policy: string | object): readonly Statement[] {
  const document: unknown = typeof policy === "string" ? JSON.parse(policy) : policy;
  const { Version: version, Statement: statements, ...rest } = asObject(document, "the policy");
  if (version !== "2012-10-17") {
    throw new Error(`the policy's Version is not 2012-10-17: ${String(version)}`);
  }
  refuseUnknown(Object.keys(rest), new Set(["Id"]));
  const list = Array.isArray(statements) ? statements : [statements];
  if (list.length === 0) {
    throw new Error("the policy has no statement");
  }
  return list.map(readStatement);
}

function readStatement(value: unknown): Statement {
  const statement = asObject(value, "a statement");
  refuseUnknown(Object.keys(statement), elements);
  const effect = statement["Effect"];
  if (effect !== "Allow" && effect !== "Deny") {
    throw new Error(`Effect is neither Allow nor Deny: ${String(effect)}`);
  }
  const read = (name: string): readonly string[] | undefined =>
    statement[name] === undefined ? undefined : asTexts(statement[name], name);
  const actions = read("Action");
  const notActions = read("NotAction");
  if ((actions === undefined) === (notActions === undefined)) {
    throw new Error("a statement has either Action or NotAction");
  }
  return {
    effect,
    principals: readPrincipals(statement["Principal"]),
    notPrincipals: readPrincipals(statement["NotPrincipal"]),
    actions,
    notActions,
    resources: read("Resource"),
    notResources: read("NotResource"),
    conditions: readConditions(statement["Condition"]),
  };
}

function readPrincipals(value: unknown): ReadonlyMap<string, readonly string[]> | undefined {
  if (value === undefined) {
    return undefined;
  }
  if (value === "*") {
    return new Map([["AWS", ["*"]]]);
  }
  const kinds = Object.entries(asObject(value, "Principal"));
  return new Map(kinds.map(([kind, names]) => [kind, asTexts(names, `Principal.${kind}`)]));
}

function readConditions(value: unknown): Conditions {
  const operators = Object.entries(value === undefined ? {} : asObject(value, "Condition"));
  return new Map(
    operators.map(([operator, keys]) => {
      const entries = Object.entries(asObject(keys, `Condition.${operator}`));
      return [operator, new Map(entries.map(([key, values]) => [key, asTexts(values, key)]))];
    }),
  );
}

function asObject(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error(`${what} is not an object`);
  }
  return Object.fromEntries(Object.entries(value));
}

/** One text or several; numbers and truth values may stand without quotes. */
function asTexts(value: unknown, what: string): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.map((each) => {
    if (typeof each !== "string" && typeof each !== "boolean" && typeof each !== "number") {
      throw new Error(`${what} is not a text, nor a list of texts`);
    }
    return String(each);
  });
}

function refuseUnknown(names: readonly string[], known: ReadonlySet<string>): void {
  const unknown = names.filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new Error(`a policy has no element ${unknown.join(", ")}`);
  }
}
