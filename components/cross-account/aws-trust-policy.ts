/** Operator, then key, then the value, or the values of which one must match. */
export type TrustConditions = Readonly<
  Record<string, Readonly<Record<string, string | readonly string[]>>>
>;

/** One statement of a role's trust policy. */
export interface TrustStatement {
  readonly Sid: string;
  readonly Effect: "Allow";
  /** `AWS`, `Service` or `Federated`, then who. */
  readonly Principal: Readonly<Record<string, string | readonly string[]>>;
  readonly Action: readonly string[];
  readonly Condition: TrustConditions;
}

/** A role's trust policy (IAM User Guide, "Role trust policies"). */
export interface TrustPolicy {
  readonly Version: "2012-10-17";
  readonly Statement: readonly TrustStatement[];
}

/** A policy of these statements. */
export function trustPolicy(statements: readonly TrustStatement[]): TrustPolicy {
  return { Version: "2012-10-17", Statement: statements };
}

/** Each value once, in an order that does not depend on how they came. */
export function sortedUnique(values: readonly string[]): readonly string[] {
  return [...new Set(values)].toSorted();
}
