import type { AksRunnerArgs } from "../aks-runner/aks-runner-args.ts";
import type { CloudRunRunnerArgs } from "../cloud-run-runner/cloud-run-runner-args.ts";
import type { ContainerAppsRunnerArgs } from "../container-apps-runner/container-apps-runner-args.ts";
import type { EcsRunnerArgs } from "../ecs-runner/ecs-runner-args.ts";
import type { EksRunnerArgs } from "../eks-runner/eks-runner-args.ts";
import type { GkeRunnerArgs } from "../gke-runner/gke-runner-args.ts";
import type { KubernetesRunnerArgs } from "../kubernetes-runner/kubernetes-runner-args.ts";

/** Where a runner is deployed: exactly one of these, with the arguments of that target's own component. */
export interface RunnerDeploymentArgs {
  /** Any Kubernetes cluster, without an identity in a cloud: `KubernetesRunner`. */
  readonly kubernetes?: KubernetesRunnerArgs | undefined;
  /** Amazon ECS on Fargate: `EcsRunner`. */
  readonly ecs?: EcsRunnerArgs | undefined;
  /** Amazon EKS: `EksRunner`. */
  readonly eks?: EksRunnerArgs | undefined;
  /** Google Kubernetes Engine: `GkeRunner`. */
  readonly gke?: GkeRunnerArgs | undefined;
  /** Google Cloud Run: `CloudRunRunner`. */
  readonly cloudRun?: CloudRunRunnerArgs | undefined;
  /** Azure Kubernetes Service: `AksRunner`. */
  readonly aks?: AksRunnerArgs | undefined;
  /** Azure Container Apps: `ContainerAppsRunner`. */
  readonly containerApps?: ContainerAppsRunnerArgs | undefined;
}
