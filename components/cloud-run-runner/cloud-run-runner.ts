import { SystemClock } from "@holdfast/foundation/system/system-clock.ts";
import * as pulumi from "@pulumi/pulumi";
import { accountIdOf, deployedComponent } from "../cross-account/gcp-account-id.ts";
import { ArgumentCheck } from "../runner-workload/argument-check.ts";
import {
  type CloudRunScope,
  makeFirewall,
  makeSecret,
  makeServiceAccount,
  makeWorkerPool,
} from "./cloud-run-resources.ts";
import type { CloudRunRunnerArgs } from "./cloud-run-runner-args.ts";
import { readCloudRunSettings } from "./cloud-run-settings.ts";

/**
 * A runner on Google Cloud Run: a worker pool, which has no port and no address, with a service account and a
 * secret of its own.
 *
 * The service account is the runner's identity in Google Cloud and may do nothing but read that secret; grant it
 * more with `GcpTargetGrant`. What the runner may connect to is narrowed by firewall rules on `network`.
 */
export class CloudRunRunner extends pulumi.ComponentResource {
  /** The service account as IAM knows it: `serviceAccount:EMAIL`. */
  readonly identityPrincipal: pulumi.Output<string>;
  /** Version of the secret that has the credentials: `projects/PROJECT/secrets/NAME/versions/NUMBER`, with as much
   * of it as was given for a secret that exists. */
  readonly secretReference: pulumi.Output<string>;
  /** Changes with the credentials; no secret. */
  readonly credentialsFingerprint: pulumi.Output<string>;
  /** Name of the worker pool. */
  readonly workloadName: pulumi.Output<string>;

  /** @throws {pulumi.InputPropertiesError} if an argument is wrong, with all that is, before anything is made. */
  constructor(name: string, args: CloudRunRunnerArgs, options?: pulumi.ComponentResourceOptions) {
    const check = new ArgumentCheck(`CloudRunRunner ${name}`);
    const settings = readCloudRunSettings(name, args, check);
    check.finish();
    super("holdfast:index:CloudRunRunner", name, {}, options);

    const accountId = accountIdOf(deployedComponent("CloudRunRunner", name));
    const scope: CloudRunScope = {
      name,
      parent: this,
      accountId,
      networkTag: `holdfast-${accountId}`,
      clock: new SystemClock(),
    };
    const email = makeServiceAccount(scope, settings);
    const secret = makeSecret(scope, settings, email);
    const firewall = makeFirewall(scope, settings);
    const pool = makeWorkerPool(scope, settings, { email, secret, startAfter: firewall });

    this.identityPrincipal = pulumi.interpolate`serviceAccount:${email}`;
    this.secretReference = secret.reference;
    this.credentialsFingerprint = settings.runner.credentialsFingerprint;
    this.workloadName = pool.name;
    this.registerOutputs({
      identityPrincipal: this.identityPrincipal,
      secretReference: this.secretReference,
      credentialsFingerprint: this.credentialsFingerprint,
      workloadName: this.workloadName,
    });
  }
}
