import type * as pulumi from "@pulumi/pulumi";
import { AksRunner } from "../aks-runner/aks-runner.ts";
import { readAksSettings } from "../aks-runner/aks-settings.ts";
import { CloudRunRunner } from "../cloud-run-runner/cloud-run-runner.ts";
import { readCloudRunSettings } from "../cloud-run-runner/cloud-run-settings.ts";
import { ContainerAppsRunner } from "../container-apps-runner/container-apps-runner.ts";
import { readContainerAppsSettings } from "../container-apps-runner/container-apps-settings.ts";
import { EcsRunner } from "../ecs-runner/ecs-runner.ts";
import { readEcsRunnerSettings } from "../ecs-runner/ecs-runner-settings.ts";
import { EksRunner } from "../eks-runner/eks-runner.ts";
import { readEksRunnerSettings } from "../eks-runner/eks-runner-settings.ts";
import { GkeRunner } from "../gke-runner/gke-runner.ts";
import { readGkeSettings } from "../gke-runner/gke-settings.ts";
import { KubernetesRunner } from "../kubernetes-runner/kubernetes-runner.ts";
import { readKubernetesSettings } from "../kubernetes-runner/kubernetes-settings.ts";
import type { ArgumentCheck } from "../runner-workload/argument-check.ts";
import type { RunnerDeploymentArgs } from "./runner-deployment-args.ts";

/** Name of a hosting target, as the argument for it is called. */
export type RunnerTarget = keyof RunnerDeploymentArgs;

/** What the component of every target has. */
export interface TargetRunner {
  readonly identityPrincipal: pulumi.Output<string>;
  readonly secretReference: pulumi.Output<string>;
  readonly credentialsFingerprint: pulumi.Output<string>;
  readonly workloadName: pulumi.Output<string>;
}

interface Target {
  isGiven(args: RunnerDeploymentArgs): boolean;
  /** Reports what is wrong with the target's arguments. */
  check(name: string, args: RunnerDeploymentArgs, check: ArgumentCheck): void;
  make(
    name: string,
    args: RunnerDeploymentArgs,
    options: pulumi.ComponentResourceOptions,
  ): TargetRunner;
}

/** Every hosting target: where its arguments are, how they are judged, and its component. */
const targets: Readonly<Record<RunnerTarget, Target>> = {
  kubernetes: target(({ kubernetes }) => kubernetes, readKubernetesSettings, KubernetesRunner),
  ecs: target(
    ({ ecs }) => ecs,
    (_name, args, check) => readEcsRunnerSettings(args, check),
    EcsRunner,
  ),
  eks: target(({ eks }) => eks, readEksRunnerSettings, EksRunner),
  gke: target(({ gke }) => gke, readGkeSettings, GkeRunner),
  cloudRun: target(({ cloudRun }) => cloudRun, readCloudRunSettings, CloudRunRunner),
  aks: target(({ aks }) => aks, readAksSettings, AksRunner),
  containerApps: target(
    ({ containerApps }) => containerApps,
    readContainerAppsSettings,
    ContainerAppsRunner,
  ),
};

/** Names of all targets. */
// A record of all names has no other keys.
export const targetNames = Object.keys(targets) as readonly RunnerTarget[];

/** The targets that arguments are given for. */
export function givenTargets(args: RunnerDeploymentArgs): readonly RunnerTarget[] {
  return targetNames.filter((name) => targets[name].isGiven(args));
}

/** Reports what is wrong with the arguments of one target. */
export function checkTarget(
  target: RunnerTarget,
  name: string,
  args: RunnerDeploymentArgs,
  check: ArgumentCheck,
): void {
  targets[target].check(name, args, check);
}

/** Makes the component of the one target that arguments are given for. */
export function makeTargetRunner(
  name: string,
  args: RunnerDeploymentArgs,
  options: pulumi.ComponentResourceOptions,
): TargetRunner {
  const [given] = givenTargets(args);
  if (given === undefined) {
    throw new RangeError("The arguments name no target.");
  }
  return targets[given].make(name, args, options);
}

/** @param Runner constructor of the target's component. */
function target<Args>(
  argsOf: (args: RunnerDeploymentArgs) => Args | undefined,
  check: (name: string, args: Args, check: ArgumentCheck) => unknown,
  Runner: new (name: string, args: Args, options: pulumi.ComponentResourceOptions) => TargetRunner,
): Target {
  const given = (args: RunnerDeploymentArgs): Args => {
    const own = argsOf(args);
    if (own === undefined) {
      throw new RangeError("The arguments name another target.");
    }
    return own;
  };
  return {
    isGiven: (args) => argsOf(args) !== undefined,
    check: (name, args, problems) => {
      check(name, given(args), problems);
    },
    make: (name, args, options) => new Runner(name, given(args), options),
  };
}
