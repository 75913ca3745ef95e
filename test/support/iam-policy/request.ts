/** Who asks. */
export type Caller =
  | {
      /** Somebody who has assumed a role: ECS tasks, pods, whoever came through Roles Anywhere. */
      readonly kind: "role session";
      /** ARN of the role, with its path. */
      readonly roleArn: string;
      /** `AROA...`: another role of the same name has another. */
      readonly roleId: string;
      readonly sessionName: string;
    }
  | { readonly kind: "user"; readonly userArn: string; readonly userId: string }
  /** An AWS service on somebody's behalf, such as `pods.eks.amazonaws.com`. */
  | { readonly kind: "service"; readonly service: string }
  /** Whoever has a token of an OpenID provider that IAM knows. */
  | { readonly kind: "web identity"; readonly providerArn: string };

/** Keys in lower case (they are not case-sensitive), then their values. */
export type RequestContext = ReadonlyMap<string, readonly string[]>;

/** What is asked. */
export interface PolicyRequest {
  readonly caller: Caller;
  /** Such as `sts:AssumeRole`. */
  readonly action: string;
  /** ARN, or `*` for actions that know no resource. */
  readonly resource: string;
  /** Account that the resource is in. Default: the one in its ARN, else the caller's. */
  readonly resourceAccount?: string;
  /** Further keys of the request, such as `sts:ExternalId`. Those that come from the caller are added. */
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
}

/** Account of an ARN; undefined where it has none, as those of S3. */
export function accountOf(arn: string): string | undefined {
  const account = arn.split(":")[4];
  return account === undefined || account === "" ? undefined : account;
}

/** Account of whoever asks; undefined for a service and for a web identity, which belong to none. */
export function callerAccount(caller: Caller): string | undefined {
  switch (caller.kind) {
    case "role session":
      return accountOf(caller.roleArn);
    case "user":
      return accountOf(caller.userArn);
    default:
      return undefined;
  }
}

/** `arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION`; it has the role's name without the path. */
export function sessionArn(caller: Extract<Caller, { kind: "role session" }>): string {
  const [arn = "", partition = ""] = caller.roleArn.split(":");
  const name = caller.roleArn.split("/").at(-1) ?? "";
  return `${arn}:${partition}:sts::${accountOf(caller.roleArn)}:assumed-role/${name}/${caller.sessionName}`;
}

/** The keys of a request, with those that every request of such a caller has ("AWS global condition context keys"). */
export function contextOf({ caller, context = {} }: PolicyRequest): RequestContext {
  const given = Object.entries(context).map(([key, value]): [string, readonly string[]] => [
    key,
    typeof value === "string" ? [value] : value,
  ]);
  const keys = [...Object.entries(callerKeys(caller)), ...given];
  return new Map(keys.map(([key, values]) => [key.toLowerCase(), values]));
}

function callerKeys(caller: Caller): Readonly<Record<string, readonly string[]>> {
  const account = callerAccount(caller);
  const common = account === undefined ? {} : { "aws:PrincipalAccount": [account] };
  switch (caller.kind) {
    case "role session":
      return {
        ...common,
        // The role's, and not the session's.
        "aws:PrincipalArn": [caller.roleArn],
        "aws:PrincipalType": ["AssumedRole"],
        "aws:userid": [`${caller.roleId}:${caller.sessionName}`],
      };
    case "user":
      return {
        ...common,
        "aws:PrincipalArn": [caller.userArn],
        "aws:PrincipalType": ["User"],
        "aws:userid": [caller.userId],
        "aws:username": [caller.userArn.split("/").at(-1) ?? ""],
      };
    case "service":
      return {
        "aws:PrincipalIsAWSService": ["true"],
        "aws:PrincipalServiceName": [caller.service],
      };
    case "web identity":
      return { "aws:FederatedProvider": [caller.providerArn] };
  }
}
