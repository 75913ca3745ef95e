/** One rule of Kubernetes RBAC (rbac.authorization.k8s.io/v1, PolicyRule). */
export interface KubernetesRule {
  /** `""` is the core group. */
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** What can be done to a part of a state backend. Reading includes asking whether something is there. */
export type StateAccess = "read" | "write" | "delete";

/**
 * The parts of a state backend, by their place below its prefix (pkg/backend/diy of Pulumi: meta.go,
 * store.go, lock.go). What ends with `/` is a folder.
 */
export const stateParts = {
  meta: ".pulumi/meta.yaml",
  stacks: ".pulumi/stacks/",
  locks: ".pulumi/locks/",
  history: ".pulumi/history/",
  backups: ".pulumi/backups/",
} as const;

/** One of {@link stateParts}. */
export type StatePart = keyof typeof stateParts;

/** Rights on a state backend, by part. Names below `.pulumi/` are listed whenever there is any. */
export type StateRights = Readonly<Partial<Record<StatePart, readonly StateAccess[]>>>;

/** The least that one kind of operation needs. */
export interface OperationRights {
  /** Rules that hold in a namespace, or in all of them. */
  readonly namespaced: readonly KubernetesRule[];
  /** Rules on objects that are in no namespace. */
  readonly cluster: readonly KubernetesRule[];
  readonly state: StateRights;
  /** Whether it needs what the program of the stack manages, which only its author knows. */
  readonly usesProviders: boolean;
}

const nothing: OperationRights = { namespaced: [], cluster: [], state: {}, usesProviders: false };

function namespaced(apiGroup: string, resource: string, verb: string): OperationRights {
  return {
    ...nothing,
    namespaced: [{ apiGroups: [apiGroup], resources: [resource], verbs: [verb] }],
  };
}

/** A stack that exists is found, locked, changed, written to the history and backed up, and unlocked. */
const changeStack: StateRights = {
  meta: ["read"],
  stacks: ["read", "write"],
  locks: ["read", "write", "delete"],
  history: ["write"],
  backups: ["write"],
};

/**
 * The least that each operation of the catalog needs: one row for each, and none for anything else.
 *
 * A preview of a stack that is not there yet makes an empty one and removes it again, and the first
 * operation on a backend marks it as one: that is why a preview writes.
 */
export const operationRights: Readonly<Record<string, OperationRights>> = {
  "runner.describe": nothing,
  "kubernetes.pods.list": namespaced("", "pods", "list"),
  "kubernetes.pods.get": namespaced("", "pods", "get"),
  "kubernetes.pods.logs": namespaced("", "pods/log", "get"),
  "kubernetes.namespaces.list": {
    ...nothing,
    cluster: [{ apiGroups: [""], resources: ["namespaces"], verbs: ["list"] }],
  },
  "kubernetes.deployments.list": namespaced("apps", "deployments", "list"),
  "pulumi.preview": {
    ...nothing,
    state: {
      meta: ["read", "write"],
      stacks: ["read", "write", "delete"],
      locks: ["read", "write", "delete"],
    },
    usesProviders: true,
  },
  "pulumi.up": {
    ...nothing,
    state: { ...changeStack, meta: ["read", "write"] },
    usesProviders: true,
  },
  "pulumi.refresh": { ...nothing, state: changeStack, usesProviders: true },
  "pulumi.destroy": {
    ...nothing,
    // With `remove_stack` the stack goes, and its history with it; each file is looked at before it is deleted.
    state: {
      ...changeStack,
      stacks: ["read", "write", "delete"],
      history: ["read", "write", "delete"],
    },
    usesProviders: true,
  },
  "pulumi.cancel": {
    ...nothing,
    state: { meta: ["read"], stacks: ["read"], locks: ["read", "delete"] },
  },
};

/** What is wrong with a list of kinds of operations; undefined if nothing is. A rule for arguments. */
export function operationsProblem(operations: readonly string[]): string | undefined {
  const unknown = operations.filter((kind) => !Object.hasOwn(operationRights, kind));
  return unknown.length === 0
    ? undefined
    : `must be kinds of operations, such as kubernetes.pods.list; these are none: ${unknown.join(", ")}`;
}

/** The rows of some kinds. @throws {RangeError} if one is not in the catalog. */
export function rightsOf(operations: readonly string[]): readonly OperationRights[] {
  const problem = operationsProblem(operations);
  if (problem !== undefined) {
    throw new RangeError(`operations ${problem}`);
  }
  return [...new Set(operations)].map((kind) => operationRights[kind] ?? nothing);
}
