import { type KubernetesRule, rightsOf } from "./operation-rights.ts";

/** Which of the rules are wanted: those that a Role can give, those that only a ClusterRole can, or both. */
export type RuleScope = "namespaced" | "cluster" | "all";

/**
 * The smallest RBAC rules with which a connection can run these operations: one rule for each resource,
 * sorted, so that the same operations always make the same rules.
 *
 * Rules of the scope `cluster` are about objects in no namespace and have no effect in a Role. Those of
 * the scope `namespaced` in a Role allow listing in that namespace only: listing all namespaces at once
 * takes a ClusterRole.
 *
 * @throws {RangeError} if a kind is not in the catalog.
 */
export function kubernetesRules(
  operations: readonly string[],
  scope: RuleScope = "all",
): readonly KubernetesRule[] {
  const verbs = new Map<string, Set<string>>();
  for (const rights of rightsOf(operations)) {
    for (const rule of rulesOf(rights, scope)) {
      for (const place of placesOf(rule)) {
        verbs.set(place, new Set([...(verbs.get(place) ?? []), ...rule.verbs]));
      }
    }
  }
  return [...verbs.keys()].toSorted().map((place) => {
    const [apiGroup, resource] = JSON.parse(place) as readonly [string, string];
    return {
      apiGroups: [apiGroup],
      resources: [resource],
      verbs: [...(verbs.get(place) ?? [])].toSorted(),
    };
  });
}

function rulesOf(
  { namespaced, cluster }: ReturnType<typeof rightsOf>[number],
  scope: RuleScope,
): readonly KubernetesRule[] {
  return [...(scope === "cluster" ? [] : namespaced), ...(scope === "namespaced" ? [] : cluster)];
}

/** Group and resource as one text that has only one reading. */
function placesOf({ apiGroups, resources }: KubernetesRule): readonly string[] {
  return apiGroups.flatMap((group) =>
    resources.map((resource) => JSON.stringify([group, resource])),
  );
}
