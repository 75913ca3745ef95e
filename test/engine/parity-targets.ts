import type { RunnerDeploymentArgs } from "holdfast/runner-deployment/runner-deployment-args.ts";
import type { RunnerTarget } from "holdfast/runner-deployment/runner-targets.ts";
import type { RunnerWorkloadArgs } from "holdfast/runner-workload/runner-workload-args.ts";
import type { StandInObject } from "../support/providers/stand-in-provider.ts";
import {
  cloudRunWorkload,
  containerAppsWorkload,
  ecsWorkload,
  kubernetesWorkload,
  type WorkloadView,
} from "./parity-workloads.ts";

/** What one hosting target makes of the common contract. */
export interface TargetFacts {
  readonly target: RunnerTarget;
  /** Nested arguments for it, from the common ones. */
  args(common: RunnerWorkloadArgs): RunnerDeploymentArgs;
  /** What differs of the common arguments, because the platform has less. */
  readonly common: Partial<RunnerWorkloadArgs>;
  readonly identityPrincipal: RegExp;
  readonly secretReference: RegExp;
  /** The workload that is there now, in one form for all targets. */
  workload(objects: readonly StandInObject[]): WorkloadView;
  /** What the target cannot have. */
  readonly lacks: Partial<WorkloadView>;
  /** Types of resources that carry no tags or labels. */
  readonly untagged: readonly string[];
  /** What other credentials change, in order, without the runner's own name in front. */
  readonly rotation: readonly string[];
  /** Types of what is kept on purpose when everything is destroyed. */
  readonly kept: readonly string[];
}

const account = "123456789012";
const subscription = "11111111-1111-1111-1111-111111111111";

/** Secret, then workload, then the earlier Secret: the same on every Kubernetes. */
const kubernetesRotation = [
  "create-replacement credentials",
  "replace credentials",
  "update deployment",
  "delete-replaced credentials",
] as const;

const kubernetes = {
  common: {},
  secretReference: /^runners\/prod-runner-credentials-[0-9a-f]{8}$/,
  workload: kubernetesWorkload,
  lacks: {},
  rotation: kubernetesRotation,
  kept: [],
} as const;

/** Every hosting target, by one row. */
export const targetFacts: readonly TargetFacts[] = [
  {
    ...kubernetes,
    target: "kubernetes",
    args: (common) => ({ kubernetes: { ...common, namespace: "runners" } }),
    identityPrincipal: /^system:serviceaccount:runners:prod-runner$/,
    untagged: [],
  },
  {
    target: "ecs",
    args: (common) => ({
      ecs: {
        ...common,
        clusterArn: `arn:aws:ecs:eu-west-1:${account}:cluster/main`,
        vpcId: "vpc-0a1b2c3d",
        subnetIds: ["subnet-0a1b2c3d", "subnet-1a1b2c3d"],
        keepLogs: false,
      },
    }),
    common: { cpuMillicores: 500, memoryMebibytes: 1_024 },
    identityPrincipal: /^arn:aws:iam::123456789012:role\/prod-runner-task-role-[0-9a-f]{7}$/,
    secretReference:
      /^arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod-runner-credentials/,
    workload: ecsWorkload,
    lacks: {},
    untagged: ["aws:iam/rolePolicy:RolePolicy", "aws:secretsmanager/secretVersion:SecretVersion"],
    rotation: [
      "create-replacement credentials-version",
      "replace credentials-version",
      "create-replacement task-definition",
      "replace task-definition",
      "update service",
      "delete-replaced task-definition",
      "delete-replaced credentials-version",
    ],
    // The version goes with its secret, in the cloud.
    kept: ["aws:secretsmanager/secretVersion:SecretVersion"],
  },
  {
    ...kubernetes,
    target: "eks",
    args: (common) => ({
      eks: {
        ...common,
        namespace: "runners",
        clusterArn: `arn:aws:eks:eu-west-1:${account}:cluster/main`,
      },
    }),
    identityPrincipal: /^arn:aws:iam::123456789012:role\/holdfast\/prod-runner-role-[0-9a-f]{7}$/,
    untagged: [],
  },
  {
    ...kubernetes,
    target: "gke",
    args: (common) => ({
      gke: {
        ...common,
        namespace: "runners",
        project: "acme-runners",
        projectNumber: "123456789012",
      },
    }),
    identityPrincipal:
      /^principal:\/\/iam\.googleapis\.com\/projects\/123456789012\/.*\/ns\/runners\/sa\/prod-runner$/,
    untagged: [],
  },
  {
    target: "cloudRun",
    args: (common) => ({
      cloudRun: {
        ...common,
        location: "europe-west1",
        network: "runners",
        subnetwork: "runners-europe-west1",
      },
    }),
    common: { cpuMillicores: 2_000, memoryMebibytes: 1_024, terminationGraceSeconds: 10 },
    identityPrincipal: /^serviceAccount:.*@acme-runners\.iam\.gserviceaccount\.com$/,
    secretReference:
      /^projects\/acme-runners\/secrets\/prod-runner-credentials-[0-9a-f]{7}\/versions\/1$/,
    workload: cloudRunWorkload,
    // The platform fixes the grace and takes no security context.
    lacks: {
      terminationGraceSeconds: undefined,
      user: "of the image",
      rootFilesystem: "of the platform",
      capabilities: "of the platform",
    },
    untagged: [
      "gcp:compute/firewall:Firewall",
      "gcp:secretmanager/secretIamMember:SecretIamMember",
      "gcp:secretmanager/secretVersion:SecretVersion",
      "gcp:serviceaccount/account:Account",
    ],
    rotation: [
      "create-replacement credentials-version",
      "replace credentials-version",
      "update workload",
      "delete-replaced credentials-version",
    ],
    kept: [],
  },
  {
    ...kubernetes,
    target: "aks",
    args: (common) => ({
      aks: {
        ...common,
        namespace: "runners",
        resourceGroupName: "runners",
        oidcIssuerUrl: `https://westeurope.oic.prod-aks.azure.com/${subscription}/${subscription}/`,
      },
    }),
    identityPrincipal: /^[0-9a-f-]{36}$/,
    untagged: ["azure-native:managedidentity:FederatedIdentityCredential"],
  },
  {
    target: "containerApps",
    args: (common) => ({
      containerApps: {
        ...common,
        resourceGroupName: "runners",
        network: { virtualNetworkName: "runners", subnetCidrBlock: "10.1.0.0/27" },
      },
    }),
    common: { cpuMillicores: 500, memoryMebibytes: 1_024 },
    identityPrincipal: /^[0-9a-f-]{36}$/,
    secretReference: /^https:\/\/[a-z0-9-]+\.vault\.azure\.net\/secrets\/[\w-]+\/[0-9a-f]{32}$/,
    workload: containerAppsWorkload,
    lacks: {
      user: "of the image",
      rootFilesystem: "of the platform",
      capabilities: "of the platform",
    },
    untagged: [
      "azure-native:authorization:RoleAssignment",
      "azure-native:network:Subnet",
      "random:index/randomString:RandomString",
    ],
    rotation: ["update credentials", "update app"],
    // A vault takes its entries along.
    kept: ["azure-native:keyvault:Secret"],
  },
];
