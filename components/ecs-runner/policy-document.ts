/** One statement of a policy of IAM; every list in it is sorted or in the order that people read. */
export interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Principal?: { readonly Service: string };
  readonly Action: readonly string[];
  readonly Resource?: readonly string[];
  /** Operator, then key, then what it must be. */
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** A policy of IAM (IAM User Guide, "Grammar of the IAM JSON policy language"). */
export interface PolicyDocument {
  readonly Version: "2012-10-17";
  readonly Statement: readonly PolicyStatement[];
}

/** A document of these statements. */
export function policyDocument(statements: readonly PolicyStatement[]): PolicyDocument {
  return { Version: "2012-10-17", Statement: statements };
}
