import { type Caller, callerAccount, sessionArn } from "./request.ts";

/**
 * How a policy of a resource names whoever asks, from the most to the least direct; undefined if it does not.
 *
 * - `itself`: the session, the user, the service, the provider, or everybody (`*`).
 * - `role`: the role behind the session.
 * - `account`: the account, which leaves it to the policies of its identities.
 */
export type Naming = "itself" | "role" | "account" | undefined;

/** How the principals of a statement name the caller ("IAM JSON policy elements: Principal"). */
export function namingOf(
  principals: ReadonlyMap<string, readonly string[]>,
  caller: Caller,
): Naming {
  const aws = principals.get("AWS") ?? [];
  if (aws.some((name) => name !== "*" && name.includes("*"))) {
    throw new Error("a principal takes no wildcard within its name");
  }
  if (aws.includes("*")) {
    return "itself";
  }
  switch (caller.kind) {
    case "service":
      return principals.get("Service")?.includes(caller.service) === true ? "itself" : undefined;
    case "web identity":
      return principals.get("Federated")?.includes(caller.providerArn) === true
        ? "itself"
        : undefined;
    case "user":
      return aws.includes(caller.userArn) || aws.includes(caller.userId)
        ? "itself"
        : accountNaming(aws, caller);
    case "role session":
      return sessionNaming(aws, caller);
  }
}

function sessionNaming(
  aws: readonly string[],
  caller: Extract<Caller, { kind: "role session" }>,
): Naming {
  if (aws.includes(sessionArn(caller))) {
    return "itself";
  }
  const namesRole = aws.includes(caller.roleArn) || aws.includes(caller.roleId);
  return namesRole ? "role" : accountNaming(aws, caller);
}

function accountNaming(aws: readonly string[], caller: Caller): Naming {
  const account = callerAccount(caller);
  const names = aws.some((name) => name === account || name.endsWith(`::${account}:root`));
  return names ? "account" : undefined;
}

/**
 * The trust policy as IAM keeps it: the ARN of each role and user that exists is replaced by its unique id, so that
 * the policy does not speak of a later one of the same name ("IAM role principals", Important).
 *
 * @param ids ids of what exists when the policy is saved, by ARN.
 */
export function saveTrustPolicy(text: string, ids: ReadonlyMap<string, string>): string {
  const replace = (name: unknown): unknown =>
    typeof name === "string" ? (ids.get(name) ?? name) : name;
  return JSON.stringify(JSON.parse(text), (key, value: unknown) => {
    if (key !== "AWS") {
      return value;
    }
    return Array.isArray(value) ? value.map(replace) : replace(value);
  });
}
