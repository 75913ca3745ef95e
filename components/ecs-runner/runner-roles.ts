import { Role } from "@pulumi/aws/iam/role.js";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy.js";
import * as pulumi from "@pulumi/pulumi";
import { clusterIdentity } from "./cluster-identity.ts";
import type { CredentialsEntry } from "./credentials-entry.ts";
import { ecrRepositoryArn } from "./ecr-repository.ts";
import type { EcsRunnerSettings } from "./ecs-runner-settings.ts";
import { ecsTaskTrustPolicy } from "./ecs-task-trust-policy.ts";
import { executionRolePolicy } from "./execution-role-policy.ts";
import { taskRolePolicy } from "./task-role-policy.ts";

/** A role, and what it must have been given before it is used. */
export interface RunnerRole {
  readonly arn: pulumi.Output<string>;
  readonly policies: readonly pulumi.Resource[];
}

/** The role that ECS itself uses to start the runner; the runner never holds it. */
export function executionRole(
  parent: pulumi.ComponentResource,
  name: string,
  settings: EcsRunnerSettings,
  needs: { readonly credentials: CredentialsEntry; readonly logGroupArn: pulumi.Output<string> },
): RunnerRole {
  const role = new Role(
    `${name}-execution-role`,
    roleArgs(settings, {
      description:
        "Starts a Holdfast runner: pulls its image, reads its credentials, writes its log",
      permissionsBoundary: settings.executionRolePermissionsBoundaryArn,
    }),
    { parent },
  );
  const document = pulumi
    .output({
      clusterArn: settings.clusterArn,
      image: settings.image,
      imageRepositoryArn: settings.imageRepositoryArn,
      kmsKeyArn: settings.kmsKeyArn,
      secretArn: needs.credentials.secretArn,
      logGroupArn: needs.logGroupArn,
    })
    .apply(({ clusterArn, image, ...arns }) => {
      const { partition, region } = clusterIdentity(clusterArn);
      const imageRepositoryArn = arns.imageRepositoryArn ?? ecrRepositoryArn(image, partition);
      return JSON.stringify(executionRolePolicy({ ...arns, region, imageRepositoryArn }));
    });
  const policy = new RolePolicy(
    `${name}-execution-policy`,
    { role: role.name, policy: document },
    { parent },
  );
  return { arn: role.arn, policies: [policy] };
}

/** The role that is the runner's identity. */
export function taskRole(
  parent: pulumi.ComponentResource,
  name: string,
  settings: EcsRunnerSettings,
): RunnerRole {
  const { taskRoleArn, targetRoleArns, executeCommand } = settings;
  if (taskRoleArn !== undefined) {
    return { arn: pulumi.output(taskRoleArn), policies: [] };
  }
  const role = new Role(
    `${name}-task-role`,
    roleArgs(settings, {
      description: "Identity of a Holdfast runner",
      permissionsBoundary: settings.taskRolePermissionsBoundaryArn,
    }),
    { parent },
  );
  if (targetRoleArns.length === 0 && !executeCommand) {
    return { arn: role.arn, policies: [] };
  }
  const document = pulumi
    .output([...targetRoleArns])
    .apply((arns) => JSON.stringify(taskRolePolicy({ targetRoleArns: arns, executeCommand })));
  const policy = new RolePolicy(
    `${name}-task-policy`,
    { role: role.name, policy: document },
    { parent },
  );
  return { arn: role.arn, policies: [policy] };
}

function roleArgs(
  { clusterArn, tags }: EcsRunnerSettings,
  own: {
    readonly description: string;
    readonly permissionsBoundary: pulumi.Input<string> | undefined;
  },
): ConstructorParameters<typeof Role>[1] {
  return {
    description: own.description,
    assumeRolePolicy: pulumi
      .output(clusterArn)
      .apply((arn) => JSON.stringify(ecsTaskTrustPolicy(clusterIdentity(arn)))),
    // Rights that somebody attached by hand must not keep the role from being deleted.
    forceDetachPolicies: true,
    tags,
    ...(own.permissionsBoundary === undefined
      ? {}
      : { permissionsBoundary: own.permissionsBoundary }),
  };
}
