import * as pulumi from "@pulumi/pulumi";
import { kubernetesWorkload } from "../kubernetes-runner/kubernetes-workload.ts";
import { ArgumentCheck } from "../runner-workload/argument-check.ts";
import { eksIdentity } from "./eks-identity.ts";
import type { EksRunnerArgs } from "./eks-runner-args.ts";
import { readEksRunnerSettings } from "./eks-runner-settings.ts";

/**
 * A runner on Amazon EKS: the workload of `KubernetesRunner`, with a role of AWS as its identity.
 *
 * Only pods of its own service account, in its own namespace and cluster, can take the role, and the role may take
 * the listed target roles and nothing else. Its pods start after their identity is there. Give it providers for both:
 * `{ providers: [aws, kubernetes] }`.
 */
export class EksRunner extends pulumi.ComponentResource {
  /** ARN of the role that the runner acts as: the principal for the trust policy of a target role. */
  readonly identityPrincipal: pulumi.Output<string>;
  /** The Secret with the credentials file: `NAMESPACE/NAME`. */
  readonly secretReference: pulumi.Output<string>;
  /** Changes with the credentials; no secret. */
  readonly credentialsFingerprint: pulumi.Output<string>;
  /** Name of the Deployment. */
  readonly workloadName: pulumi.Output<string>;
  /** The namespace that everything in the cluster is in. */
  readonly namespace: pulumi.Output<string>;
  /** Name of the service account. */
  readonly serviceAccountName: pulumi.Output<string>;
  /** External id that EKS names when it takes `podIdentityTargetRoleArn`; undefined without one. */
  readonly podIdentityExternalId: pulumi.Output<string | undefined>;

  /** @throws {pulumi.InputPropertiesError} if an argument is wrong, with all that is, before anything is made. */
  constructor(name: string, args: EksRunnerArgs, options?: pulumi.ComponentResourceOptions) {
    const check = new ArgumentCheck(`EksRunner ${name}`);
    const settings = readEksRunnerSettings(name, args, check);
    check.finish();
    super("holdfast:index:EksRunner", name, {}, options);

    const scope = { name, parent: this };
    const identity = eksIdentity(scope, settings);
    const workload = kubernetesWorkload(scope, settings.kubernetes, identity.kubernetes);

    this.identityPrincipal = identity.principal;
    this.secretReference = workload.secretReference;
    this.credentialsFingerprint = workload.credentialsFingerprint;
    this.workloadName = workload.workloadName;
    this.namespace = workload.namespace;
    this.serviceAccountName = workload.serviceAccountName;
    this.podIdentityExternalId = identity.externalId;
    this.registerOutputs({
      identityPrincipal: this.identityPrincipal,
      secretReference: this.secretReference,
      credentialsFingerprint: this.credentialsFingerprint,
      workloadName: this.workloadName,
      namespace: this.namespace,
      serviceAccountName: this.serviceAccountName,
      podIdentityExternalId: this.podIdentityExternalId,
    });
  }
}
