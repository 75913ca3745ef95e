import type { LogGroup } from "@pulumi/aws/cloudwatch/logGroup.js";
import { Service } from "@pulumi/aws/ecs/service.js";
import { TaskDefinition } from "@pulumi/aws/ecs/taskDefinition.js";
import * as pulumi from "@pulumi/pulumi";
import { clusterIdentity } from "./cluster-identity.ts";
import type { CredentialsEntry } from "./credentials-entry.ts";
import { EcsCpuArchitecture } from "./ecs-cpu-architecture.ts";
import type { EcsRunnerSettings } from "./ecs-runner-settings.ts";
import { fargateCpuUnits } from "./fargate-size.ts";
import { rolePropagationHook } from "./role-propagation.ts";
import { runnerContainerDefinitions, temporaryVolumeName } from "./runner-container.ts";
import type { RunnerNetwork } from "./runner-network.ts";
import type { RunnerRole } from "./runner-roles.ts";

/** What the tasks are made from. */
export interface TaskParts {
  readonly credentials: CredentialsEntry;
  readonly logGroup: LogGroup;
  readonly executionRole: RunnerRole;
  readonly taskRole: RunnerRole;
}

/**
 * Name of the family of task definitions, the one name that cannot be made up by the provider: project, stack
 * and component, as far as its 255 letters, digits, `_` and `-` go.
 */
export function taskFamily(project: string, stack: string, name: string): string {
  return `${project}-${stack}-${name}`.replaceAll(/[^A-Za-z0-9_-]/g, "-").slice(0, 255);
}

/** Registers what a task is. Each change is a new revision; the old one is deregistered after the service moved. */
export function taskDefinition(
  parent: pulumi.ComponentResource,
  name: string,
  settings: EcsRunnerSettings,
  parts: TaskParts,
): TaskDefinition {
  const size = pulumi.output(settings.size);
  return new TaskDefinition(
    `${name}-task-definition`,
    {
      family: taskFamily(pulumi.getProject(), pulumi.getStack(), name),
      requiresCompatibilities: ["FARGATE"],
      networkMode: "awsvpc",
      cpu: size.apply(({ cpuMillicores }) => fargateCpuUnits(cpuMillicores)),
      memory: size.apply(({ memoryMebibytes }) => String(memoryMebibytes)),
      runtimePlatform: {
        cpuArchitecture: pulumi
          .output(settings.cpuArchitecture)
          .apply((given) => (given === EcsCpuArchitecture.Arm64 ? "ARM64" : "X86_64")),
        operatingSystemFamily: "LINUX",
      },
      executionRoleArn: parts.executionRole.arn,
      taskRoleArn: parts.taskRole.arn,
      volumes: [{ name: temporaryVolumeName }],
      containerDefinitions: containerDefinitions(settings, parts),
      tags: settings.tags,
    },
    { parent },
  );
}

function containerDefinitions(
  settings: EcsRunnerSettings,
  { credentials, logGroup }: TaskParts,
): pulumi.Output<string> {
  return pulumi
    .output({
      clusterArn: settings.clusterArn,
      image: settings.image,
      environment: settings.environment,
      credentialsFrom: credentials.valueFrom,
      credentialsFingerprint: settings.credentialsFingerprint,
      logGroupName: logGroup.name,
      stopTimeoutSeconds: settings.terminationGraceSeconds,
    })
    .apply(({ clusterArn, ...values }) => {
      const { region } = clusterIdentity(clusterArn);
      return runnerContainerDefinitions({
        ...values,
        region,
        executeCommand: settings.executeCommand,
      });
    });
}

/**
 * Keeps the runners running.
 *
 * An update ends when the new tasks are healthy. If they never are, ECS goes back to the old revision by itself;
 * the old tasks run until the new ones do.
 */
export function runnerService(
  parent: pulumi.ComponentResource,
  name: string,
  settings: EcsRunnerSettings,
  parts: TaskParts & { readonly network: RunnerNetwork; readonly definition: TaskDefinition },
): Service {
  const { network, definition, executionRole, taskRole } = parts;
  return new Service(
    `${name}-service`,
    {
      cluster: settings.clusterArn,
      taskDefinition: definition.arn,
      desiredCount: settings.replicas,
      launchType: "FARGATE",
      // The first that takes one version of a secret (Amazon ECS Developer Guide, "Fargate platform versions").
      platformVersion: "1.4.0",
      deploymentMinimumHealthyPercent: 100,
      deploymentMaximumPercent: 200,
      deploymentCircuitBreaker: { enable: true, rollback: true },
      availabilityZoneRebalancing: "ENABLED",
      enableExecuteCommand: settings.executeCommand,
      enableEcsManagedTags: true,
      propagateTags: "SERVICE",
      waitForSteadyState: true,
      networkConfiguration: {
        subnets: pulumi.output(settings.subnetIds).apply((ids) => [...ids].toSorted()),
        securityGroups: [network.securityGroup.id],
        assignPublicIp: settings.publicIp,
      },
      tags: settings.tags,
    },
    {
      parent,
      // Nothing refers to these, and without them the first tasks could neither start nor connect.
      dependsOn: [...executionRole.policies, ...taskRole.policies, ...network.rules],
      hooks: { onError: [rolePropagationHook(name)] },
    },
  );
}
