import type { input } from "@pulumi/kubernetes/types/index.js";
import { dnsLabelRule, dnsSubdomainRule } from "../kubernetes-runner/kubernetes-argument-rules.ts";
import type { ArgumentCheck, Rule } from "../runner-workload/argument-check.ts";
import type { KubernetesTargetAccessArgs } from "./kubernetes-target-access-args.ts";

/** The prefix is Kubernetes' own: such a name would stand for a part of the cluster, or for everybody. */
const subjectRule: Rule<string> = (name) =>
  name === "" || name.startsWith("system:")
    ? "must be a name that does not begin with system:"
    : undefined;

/**
 * Whom the rights are for, as RBAC names it; problems go to `check`, and what is returned then is of no use.
 *
 * source: Kubernetes documentation, "Using RBAC Authorization", "Referring to subjects".
 */
export function readKubernetesSubject(
  args: KubernetesTargetAccessArgs,
  check: ArgumentCheck,
): input.rbac.v1.Subject {
  const { user, group, serviceAccountName, serviceAccountNamespace } = args;
  const given = Object.entries({ user, group, serviceAccountName }).filter(
    ([, value]) => value !== undefined,
  );
  if (given.length !== 1) {
    const names = given.map(([name]) => name).join(", ");
    check.report(
      "user",
      `must be given, or else group, or else serviceAccountName; given: ${names === "" ? "none" : names}`,
    );
  }
  if ((serviceAccountName === undefined) !== (serviceAccountNamespace === undefined)) {
    check.report("serviceAccountNamespace", "must be given exactly if serviceAccountName is");
  }
  if (serviceAccountName !== undefined && serviceAccountNamespace !== undefined) {
    return {
      kind: "ServiceAccount",
      name: check.check("serviceAccountName", serviceAccountName, dnsSubdomainRule),
      namespace: check.check("serviceAccountNamespace", serviceAccountNamespace, dnsLabelRule),
    };
  }
  const [kind, path, name] =
    group === undefined ? ["User", "user", user] : ["Group", "group", group];
  return {
    apiGroup: "rbac.authorization.k8s.io",
    kind,
    name: name === undefined ? "" : check.check(path, name, subjectRule),
  };
}
