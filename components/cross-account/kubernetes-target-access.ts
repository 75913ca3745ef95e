import * as pulumi from "@pulumi/pulumi";
import { checkLabels, componentNameRule } from "../kubernetes-runner/kubernetes-argument-rules.ts";
import { ArgumentCheck } from "../runner-workload/argument-check.ts";
import { grantKubernetesAccess, readKubernetesAccess } from "./kubernetes-access.ts";
import { readKubernetesSubject } from "./kubernetes-subject.ts";
import type { KubernetesTargetAccessArgs } from "./kubernetes-target-access-args.ts";

/**
 * Rights in a cluster for a runner that runs elsewhere: the RBAC rules that its operations take, in some
 * namespaces or in all, and no others.
 *
 * Give it the target cluster's provider (`{ provider }`). It makes no identity: how the runner proves to the
 * cluster who it is (client certificate, OIDC, the cloud's own) is the cluster's configuration.
 */
export class KubernetesTargetAccess extends pulumi.ComponentResource {
  /** Whom the rights are for, as RBAC names it: a user, a group, or `system:serviceaccount:NAMESPACE:NAME`. */
  readonly subject: pulumi.Output<string>;
  /** Names of the Roles, by namespace; empty if the rights hold in every namespace. */
  readonly roleNames: pulumi.Output<Record<string, string>>;
  /** Name of the ClusterRole; empty if there is none. */
  readonly clusterRoleName: pulumi.Output<string>;

  /** @throws {pulumi.InputPropertiesError} if an argument is wrong, with all that is, before anything is made. */
  constructor(
    name: string,
    args: KubernetesTargetAccessArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    const check = new ArgumentCheck(`KubernetesTargetAccess ${name}`);
    check.checkPlain("name", name, componentNameRule);
    const labels = checkLabels(args.tags, check);
    const subject = readKubernetesSubject(args, check);
    const access = readKubernetesAccess("", args, check);
    check.finish();
    super("holdfast:index:KubernetesTargetAccess", name, {}, options);

    const granted = grantKubernetesAccess({ name, parent: this }, access, subject, {
      "app.kubernetes.io/name": "holdfast-target-access",
      "app.kubernetes.io/instance": name,
      ...labels,
    });

    this.subject = granted.subject;
    this.roleNames = granted.roleNames;
    this.clusterRoleName = granted.clusterRoleName;
    this.registerOutputs({
      subject: this.subject,
      roleNames: this.roleNames,
      clusterRoleName: this.clusterRoleName,
    });
  }
}
