import { type DescMethod, getOption } from "@bufbuild/protobuf";
import { assert } from "@holdfast/foundation/failure.ts";
import {
  access,
  Caller as CallerKind,
  Scope,
} from "@holdfast/protocol/generated/holdfast/v1/options_pb.ts";

/** The rule that the schema declares for a method. */
export interface MethodAccess {
  readonly caller: "anyone" | "service-account" | "runner" | "certificate";
  /** Cedar action. */
  readonly action: string;
  readonly scope: "platform" | "organization" | "self";
  /** Undefined means the server's default. */
  readonly callsPerMinuteMax: number | undefined;
}

const callers: ReadonlyMap<CallerKind, MethodAccess["caller"]> = new Map([
  [CallerKind.ANYONE, "anyone"],
  [CallerKind.SERVICE_ACCOUNT, "service-account"],
  [CallerKind.RUNNER, "runner"],
  [CallerKind.CERTIFICATE, "certificate"],
]);

const scopes: ReadonlyMap<Scope, MethodAccess["scope"]> = new Map([
  [Scope.PLATFORM, "platform"],
  [Scope.ORGANIZATION, "organization"],
  [Scope.SELF, "self"],
]);

/**
 * Reads the rule of a method. A method without one is a broken invariant: the server does not start.
 *
 * @param actions every action that the policies know.
 */
export function accessOf(method: DescMethod, actions: ReadonlySet<string>): MethodAccess {
  const path = `${method.parent.typeName}.${method.name}`;
  const rule = getOption(method, access);
  const caller = callers.get(rule.caller);
  const scope = scopes.get(rule.scope);
  assert(caller !== undefined && scope !== undefined, `${path} declares who may call it`);
  assert(actions.has(rule.action), `${path} declares an action that the policies know`);
  return {
    caller,
    action: rule.action,
    scope,
    callsPerMinuteMax: rule.callsPerMinuteMax === 0 ? undefined : rule.callsPerMinuteMax,
  };
}
