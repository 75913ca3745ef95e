/** What a runner may do in a cluster: RBAC rules are made from it. */
export interface KubernetesAccessArgs {
  /** Kinds of operations, such as `kubernetes.pods.list` (docs/reference/operations.md). The runner gets the
   * rights that these take, and no others. */
  readonly operations: string[];
  /** Namespaces in which it may do it: a Role in each. Operations on what belongs to no namespace, such as
   * `kubernetes.namespaces.list`, get a ClusterRole of their own. */
  readonly namespaces?: string[] | undefined;
  /** It may do it in every namespace, those to come included: one ClusterRole. Give this or `namespaces`. */
  readonly allNamespaces?: boolean | undefined;
}
