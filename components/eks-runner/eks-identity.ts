import { Addon } from "@pulumi/aws/eks/addon.js";
import { PodIdentityAssociation } from "@pulumi/aws/eks/podIdentityAssociation.js";
import { OpenIdConnectProvider } from "@pulumi/aws/iam/openIdConnectProvider.js";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy.js";
import * as pulumi from "@pulumi/pulumi";
import { assumeRolesPolicy } from "../cross-account/aws-assume-roles-policy.ts";
import { type AwsScope, makeAwsRole } from "../cross-account/aws-role.ts";
import type { KubernetesIdentity } from "../kubernetes-runner/kubernetes-identity.ts";
import { EksIdentityMode } from "./eks-identity-mode.ts";
import type { EksRunnerSettings } from "./eks-runner-settings.ts";
import {
  eksCluster,
  podIdentityTrustPolicy,
  serviceAccountTrustPolicy,
} from "./eks-trust-policy.ts";

/** Who the runner's pods are in AWS. */
export interface EksIdentity {
  /** What the workload needs, so that its pods get the identity. */
  readonly kubernetes: KubernetesIdentity;
  /** ARN of the role that the runner acts as. */
  readonly principal: pulumi.Output<string>;
  /** External id that EKS names when it takes another role for the pods; undefined unless it does. */
  readonly externalId: pulumi.Output<string | undefined>;
}

/** The runner's role, and what must be there before its pods start. */
interface RunnerRole {
  readonly arn: pulumi.Output<string>;
  readonly policies: readonly pulumi.Resource[];
}

/** Makes the runner's identity in AWS, and says what its pods need. */
export function eksIdentity(scope: AwsScope, settings: EksRunnerSettings): EksIdentity {
  return settings.identityMode === EksIdentityMode.PodIdentity
    ? podIdentity(scope, settings)
    : serviceAccountRole(scope, settings);
}

function podIdentity(scope: AwsScope, settings: EksRunnerSettings): EksIdentity {
  const { name, parent } = scope;
  const { clusterArn, kubernetes, podIdentityTargetRoleArn: target } = settings;
  const { namespace, serviceAccountName } = kubernetes;
  const role = runnerRole(
    scope,
    settings,
    pulumi
      .output({ clusterArn, namespace, serviceAccountName })
      .apply((pods) =>
        JSON.stringify(podIdentityTrustPolicy(pods, { sessionTags: target === undefined })),
      ),
  );
  const agent = settings.createPodIdentityAgent ? [makeAgent(scope, settings)] : [];
  const association = new PodIdentityAssociation(
    `${name}-pod-identity`,
    {
      clusterName: clusterName(settings),
      namespace,
      serviceAccount: serviceAccountName,
      roleArn: role.arn,
      tags: settings.role.tags,
      // EKS names the external id only when it tags no session (Amazon EKS User Guide, "Access AWS Resources using
      // EKS Pod Identity Target IAM Roles").
      ...(target === undefined ? {} : { targetRoleArn: target, disableSessionTags: true }),
    },
    { parent },
  );
  return {
    kubernetes: {
      // The agent's addresses on every node (Amazon EKS User Guide, "Set up the Amazon EKS Pod Identity Agent").
      egress: ["169.254.170.23/32", "fd00:ec2::23/128"].map((cidrBlock) => ({
        cidrBlock,
        ports: [80],
      })),
      // A pod is told where the agent is when it is made, and never later.
      startAfter: [association, ...role.policies, ...agent],
    },
    principal: target === undefined ? role.arn : pulumi.output(target),
    externalId: target === undefined ? pulumi.output(undefined) : association.externalId,
  };
}

function serviceAccountRole(scope: AwsScope, settings: EksRunnerSettings): EksIdentity {
  const { namespace, serviceAccountName } = settings.kubernetes;
  const oidcProviderArn = makeOidcProvider(scope, settings);
  const role = runnerRole(
    scope,
    settings,
    pulumi
      .output({ namespace, serviceAccountName, oidcProviderArn })
      .apply((pods) => JSON.stringify(serviceAccountTrustPolicy(pods, pods.oidcProviderArn))),
  );
  return {
    kubernetes: {
      serviceAccountAnnotations: {
        "eks.amazonaws.com/role-arn": role.arn,
        // The global endpoint is another region's, and does not know every region's tokens.
        "eks.amazonaws.com/sts-regional-endpoints": "true",
      },
      startAfter: role.policies,
    },
    principal: role.arn,
    externalId: pulumi.output(undefined),
  };
}

function runnerRole(
  scope: AwsScope,
  { existingRoleArn, role: settings, targetRoleArns, podIdentityTargetRoleArn }: EksRunnerSettings,
  trustPolicy: pulumi.Input<string>,
): RunnerRole {
  if (existingRoleArn !== undefined) {
    return { arn: pulumi.output(existingRoleArn), policies: [] };
  }
  const description = "Identity of a Holdfast runner";
  const { role, policies } = makeAwsRole(scope, settings, { description, trustPolicy });
  const chained = podIdentityTargetRoleArn === undefined ? [] : [podIdentityTargetRoleArn];
  const targetArns = [...targetRoleArns, ...chained];
  if (targetArns.length === 0) {
    return { arn: role.arn, policies };
  }
  const policy = pulumi.output(targetArns).apply((arns) => JSON.stringify(assumeRolesPolicy(arns)));
  const targets = new RolePolicy(
    `${scope.name}-target-roles`,
    { role: role.name, policy },
    { parent: scope.parent },
  );
  return { arn: role.arn, policies: [...policies, targets] };
}

function makeAgent({ name, parent }: AwsScope, settings: EksRunnerSettings): Addon {
  return new Addon(
    `${name}-pod-identity-agent`,
    {
      clusterName: clusterName(settings),
      addonName: "eks-pod-identity-agent",
      tags: settings.role.tags,
    },
    { parent },
  );
}

/** Without thumbprints: IAM checks the issuer's certificate by its own list of authorities. */
function makeOidcProvider(
  { name, parent }: AwsScope,
  { oidcProviderArn, oidcIssuerUrl, role }: EksRunnerSettings,
): pulumi.Input<string> {
  return (
    oidcProviderArn ??
    new OpenIdConnectProvider(
      `${name}-oidc-provider`,
      { url: oidcIssuerUrl ?? "", clientIdLists: ["sts.amazonaws.com"], tags: role.tags },
      { parent },
    ).arn
  );
}

function clusterName({ clusterArn }: EksRunnerSettings): pulumi.Output<string> {
  return pulumi.output(clusterArn).apply((arn) => eksCluster(arn).clusterName);
}
