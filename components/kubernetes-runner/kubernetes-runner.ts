import * as pulumi from "@pulumi/pulumi";
import { ArgumentCheck } from "../runner-workload/argument-check.ts";
import type { KubernetesRunnerArgs } from "./kubernetes-runner-args.ts";
import { readKubernetesSettings } from "./kubernetes-settings.ts";
import { kubernetesWorkload } from "./kubernetes-workload.ts";

/**
 * A runner on any Kubernetes cluster: a Deployment with a service account, a Secret and a network policy of its
 * own, as Pod Security's level `restricted` lets it in.
 *
 * Its identity is the service account's; `kubernetesAccess` says what that may do in the cluster. The update
 * fails if the runner does not connect, with the line that the runner said why in; so the control plane must be
 * there by then.
 */
export class KubernetesRunner extends pulumi.ComponentResource {
  /** The service account as RBAC knows it: `system:serviceaccount:NAMESPACE:NAME`. */
  readonly identityPrincipal: pulumi.Output<string>;
  /** The Secret with the credentials file: `NAMESPACE/NAME`. */
  readonly secretReference: pulumi.Output<string>;
  /** Changes with the credentials; no secret. */
  readonly credentialsFingerprint: pulumi.Output<string>;
  /** Name of the Deployment. */
  readonly workloadName: pulumi.Output<string>;
  /** The namespace that everything is in. */
  readonly namespace: pulumi.Output<string>;
  /** Name of the service account. */
  readonly serviceAccountName: pulumi.Output<string>;

  /** @throws {pulumi.InputPropertiesError} if an argument is wrong, with all that is, before anything is made. */
  constructor(name: string, args: KubernetesRunnerArgs, options?: pulumi.ComponentResourceOptions) {
    const check = new ArgumentCheck(`KubernetesRunner ${name}`);
    const settings = readKubernetesSettings(name, args, check);
    check.finish();
    super("holdfast:index:KubernetesRunner", name, {}, options);

    const workload = kubernetesWorkload({ name, parent: this }, settings);

    this.identityPrincipal = workload.serviceAccountPrincipal;
    this.secretReference = workload.secretReference;
    this.credentialsFingerprint = workload.credentialsFingerprint;
    this.workloadName = workload.workloadName;
    this.namespace = workload.namespace;
    this.serviceAccountName = workload.serviceAccountName;
    this.registerOutputs({
      identityPrincipal: this.identityPrincipal,
      secretReference: this.secretReference,
      credentialsFingerprint: this.credentialsFingerprint,
      workloadName: this.workloadName,
      namespace: this.namespace,
      serviceAccountName: this.serviceAccountName,
    });
  }
}
