import { ClusterRole } from "@pulumi/kubernetes/rbac/v1/clusterRole.js";
import { ClusterRoleBinding } from "@pulumi/kubernetes/rbac/v1/clusterRoleBinding.js";
import { Role } from "@pulumi/kubernetes/rbac/v1/role.js";
import { RoleBinding } from "@pulumi/kubernetes/rbac/v1/roleBinding.js";
import type { input } from "@pulumi/kubernetes/types/index.js";
import * as pulumi from "@pulumi/pulumi";
import { dnsLabelRule } from "../kubernetes-runner/kubernetes-argument-rules.ts";
import { kubernetesRules } from "../least-privilege/kubernetes-rules.ts";
import { type KubernetesRule, operationsProblem } from "../least-privilege/operation-rights.ts";
import type { ArgumentCheck, Rule } from "../runner-workload/argument-check.ts";
import type { KubernetesAccessArgs } from "./kubernetes-access-args.ts";

/** What a runner may do in a cluster: checked, and turned into rules. */
export interface KubernetesAccess {
  /** Namespaces with a role of their own; undefined means every namespace. */
  readonly namespaces: readonly string[] | undefined;
  /** Rules on objects in namespaces. */
  readonly namespacedRules: readonly KubernetesRule[];
  /** Rules on objects that belong to no namespace. */
  readonly clusterRules: readonly KubernetesRule[];
}

/** Where children are made, and what they are named after. */
export interface KubernetesScope {
  readonly name: string;
  readonly parent: pulumi.Resource;
  /** The roles are made after these, such as a namespace that they are in. */
  readonly startAfter?: readonly pulumi.Resource[];
}

/** What was made, and for whom. */
export interface GrantedAccess {
  /** User, group, or `system:serviceaccount:NAMESPACE:NAME`. */
  readonly subject: pulumi.Output<string>;
  /** By namespace. */
  readonly roleNames: pulumi.Output<Record<string, string>>;
  /** Empty if there is none. */
  readonly clusterRoleName: pulumi.Output<string>;
  /** The rights hold once these are there. */
  readonly bindings: readonly pulumi.Resource[];
}

/**
 * Checks what a runner shall be able to do; problems go to `check`, with `path` before the argument's name, and
 * what is returned then is of no use.
 */
export function readKubernetesAccess(
  path: string,
  args: KubernetesAccessArgs,
  check: ArgumentCheck,
): KubernetesAccess {
  const at = (property: string): string => (path === "" ? property : `${path}.${property}`);
  check.checkPlain(at("operations"), args.operations, operationsRule);
  check.checkPlain(at("namespaces"), args.namespaces);
  check.checkPlain(at("allNamespaces"), args.allNamespaces);
  const { operations, namespaces, isWide } = plainParts(args);
  for (const [index, namespace] of namespaces.entries()) {
    check.checkPlain(at(`namespaces[${index}]`), namespace, dnsLabelRule);
  }
  if (namespaces.length > 0 === isWide) {
    const given = isWide ? "both" : "neither";
    check.report(
      at("namespaces"),
      `must be given, or else ${at("allNamespaces")}; given: ${given}`,
    );
  }
  return {
    namespaces: isWide ? undefined : [...new Set(namespaces)].toSorted(),
    namespacedRules: kubernetesRules(operations, "namespaced"),
    clusterRules: kubernetesRules(operations, "cluster"),
  };
}

/** What can be worked with even if it was refused: a transform may make an output of every argument. */
function plainParts({ operations, namespaces, allNamespaces }: KubernetesAccessArgs) {
  const isKnown = Array.isArray(operations) && operationsRule(operations) === undefined;
  return {
    operations: isKnown ? operations : [],
    namespaces: Array.isArray(namespaces) ? (namespaces as readonly string[]) : [],
    isWide: allNamespaces === true,
  };
}

/** Kinds of the catalog of which at least one takes rights in a cluster. */
const operationsRule: Rule<readonly string[]> = (operations) => {
  const problem = operationsProblem(operations);
  if (problem !== undefined) {
    return problem;
  }
  return kubernetesRules(operations).length > 0
    ? undefined
    : "must name an operation on a cluster, such as kubernetes.pods.list";
};

/**
 * Makes the roles, and binds them to the subject: in every namespace one ClusterRole, otherwise a Role in each
 * namespace, and a ClusterRole for what belongs to no namespace.
 */
export function grantKubernetesAccess(
  scope: KubernetesScope,
  access: KubernetesAccess,
  subject: input.rbac.v1.Subject,
  labels: Labels,
): GrantedAccess {
  const { namespaces, namespacedRules, clusterRules } = access;
  const roles = (namespacedRules.length === 0 ? [] : (namespaces ?? [])).map((namespace) =>
    grantInNamespace(scope, namespace, namespacedRules, { subject, labels }),
  );
  const wideRules = [...(namespaces === undefined ? namespacedRules : []), ...clusterRules];
  const wide =
    wideRules.length === 0 ? undefined : grantInCluster(scope, wideRules, { subject, labels });
  return {
    subject: subjectText(subject),
    roleNames: pulumi.output(
      Object.fromEntries(roles.map(({ namespace, role }) => [namespace, role.metadata.name])),
    ),
    clusterRoleName: wide?.clusterRole.metadata.name ?? pulumi.output(""),
    bindings: [...roles, ...(wide === undefined ? [] : [wide])].map(({ binding }) => binding),
  };
}

type Labels = Readonly<Record<string, pulumi.Input<string>>>;

interface Beneficiary {
  readonly subject: input.rbac.v1.Subject;
  readonly labels: Labels;
}

function grantInNamespace(
  scope: KubernetesScope,
  namespace: string,
  rules: readonly KubernetesRule[],
  { subject, labels }: Beneficiary,
) {
  const metadata = { namespace, labels };
  const role = new Role(
    `${scope.name}-role-${namespace}`,
    { metadata, rules: rules.map(toPolicyRule) },
    childOptions(scope),
  );
  const roleRef = roleReference("Role", role.metadata.name);
  const binding = new RoleBinding(
    `${scope.name}-role-binding-${namespace}`,
    { metadata, roleRef, subjects: [subject] },
    childOptions(scope),
  );
  return { namespace, role, binding };
}

function grantInCluster(
  scope: KubernetesScope,
  rules: readonly KubernetesRule[],
  { subject, labels }: Beneficiary,
) {
  const metadata = { labels };
  const clusterRole = new ClusterRole(
    `${scope.name}-cluster-role`,
    { metadata, rules: rules.map(toPolicyRule) },
    childOptions(scope),
  );
  const roleRef = roleReference("ClusterRole", clusterRole.metadata.name);
  const binding = new ClusterRoleBinding(
    `${scope.name}-cluster-role-binding`,
    { metadata, roleRef, subjects: [subject] },
    childOptions(scope),
  );
  return { clusterRole, binding };
}

function childOptions({ parent, startAfter = [] }: KubernetesScope): pulumi.CustomResourceOptions {
  return { parent, dependsOn: [...startAfter] };
}

function subjectText({ kind, name, namespace }: input.rbac.v1.Subject): pulumi.Output<string> {
  return pulumi
    .all([kind, name, namespace])
    .apply(([whose, text, place]) =>
      whose === "ServiceAccount" ? `system:serviceaccount:${place}:${text}` : text,
    );
}

function roleReference(kind: string, name: pulumi.Input<string>): input.rbac.v1.RoleRef {
  return { apiGroup: "rbac.authorization.k8s.io", kind, name };
}

function toPolicyRule({ apiGroups, resources, verbs }: KubernetesRule): input.rbac.v1.PolicyRule {
  return { apiGroups: [...apiGroups], resources: [...resources], verbs: [...verbs] };
}
