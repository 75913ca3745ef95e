import * as pulumi from "@pulumi/pulumi";
import { ArgumentCheck } from "../runner-workload/argument-check.ts";
import { checkTargets } from "./check-targets.ts";
import type { RunnerDeploymentArgs } from "./runner-deployment-args.ts";
import { makeTargetRunner } from "./runner-targets.ts";

/**
 * A runner on one of the seven hosting targets, chosen by which argument is given.
 *
 * It makes that target's own component, as `NAME-runner`, and has the outputs that all of them have. Another
 * target replaces the runner: the earlier one is deleted when the new one is there. Provider options reach it.
 */
export class RunnerDeployment extends pulumi.ComponentResource {
  /** Who the runner is to the cloud or the cluster that it runs in; its form is that target's. */
  readonly identityPrincipal: pulumi.Output<string>;
  /** The entry of the target's secret store that has the credentials; no secret. */
  readonly secretReference: pulumi.Output<string>;
  /** Changes with the credentials; no secret. */
  readonly credentialsFingerprint: pulumi.Output<string>;
  /** Name of the workload: a Deployment, service, worker pool or container app. */
  readonly workloadName: pulumi.Output<string>;

  /**
   * @throws {pulumi.InputPropertiesError} if not exactly one target is given, or arguments of it are wrong, with
   * all that is, before anything is made.
   */
  constructor(name: string, args: RunnerDeploymentArgs, options?: pulumi.ComponentResourceOptions) {
    const check = new ArgumentCheck(`RunnerDeployment ${name}`);
    const runnerName = `${name}-runner`;
    checkTargets(runnerName, args, check);
    check.finish();
    super("holdfast:index:RunnerDeployment", name, {}, options);

    const runner = makeTargetRunner(runnerName, args, { parent: this });

    this.identityPrincipal = runner.identityPrincipal;
    this.secretReference = runner.secretReference;
    this.credentialsFingerprint = runner.credentialsFingerprint;
    this.workloadName = runner.workloadName;
    this.registerOutputs({
      identityPrincipal: this.identityPrincipal,
      secretReference: this.secretReference,
      credentialsFingerprint: this.credentialsFingerprint,
      workloadName: this.workloadName,
    });
  }
}
