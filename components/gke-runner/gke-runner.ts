import * as pulumi from "@pulumi/pulumi";
import { kubernetesWorkload } from "../kubernetes-runner/kubernetes-workload.ts";
import { ArgumentCheck } from "../runner-workload/argument-check.ts";
import { makeGkeIdentity } from "./gke-identity.ts";
import type { GkeRunnerArgs } from "./gke-runner-args.ts";
import { readGkeSettings } from "./gke-settings.ts";

/**
 * A runner on Google Kubernetes Engine: what `KubernetesRunner` makes, with an identity in Google Cloud by Workload
 * Identity Federation for GKE and no key anywhere.
 *
 * The identity may do nothing by itself; grant it more with `GcpTargetGrant`. Takes providers of `kubernetes` and,
 * with impersonation, of `gcp`.
 */
export class GkeRunner extends pulumi.ComponentResource {
  /** For IAM: `principal://...` of the Kubernetes service account, or `serviceAccount:EMAIL`. */
  readonly identityPrincipal: pulumi.Output<string>;
  /** The Secret with the credentials file: `NAMESPACE/NAME`. */
  readonly secretReference: pulumi.Output<string>;
  /** Changes with the credentials; no secret. */
  readonly credentialsFingerprint: pulumi.Output<string>;
  /** Name of the Deployment. */
  readonly workloadName: pulumi.Output<string>;

  /** @throws {pulumi.InputPropertiesError} if an argument is wrong, with all that is, before anything is made. */
  constructor(name: string, args: GkeRunnerArgs, options?: pulumi.ComponentResourceOptions) {
    const check = new ArgumentCheck(`GkeRunner ${name}`);
    const settings = readGkeSettings(name, args, check);
    check.finish();
    super("holdfast:index:GkeRunner", name, {}, options);

    const identity = makeGkeIdentity(name, this, settings);
    const workload = kubernetesWorkload(
      { name, parent: this },
      settings.kubernetes,
      identity.kubernetes,
    );

    this.identityPrincipal = identity.principal;
    this.secretReference = workload.secretReference;
    this.credentialsFingerprint = workload.credentialsFingerprint;
    this.workloadName = workload.workloadName;
    this.registerOutputs({
      identityPrincipal: this.identityPrincipal,
      secretReference: this.secretReference,
      credentialsFingerprint: this.credentialsFingerprint,
      workloadName: this.workloadName,
    });
  }
}
