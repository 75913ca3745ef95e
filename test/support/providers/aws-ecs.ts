import {
  CreateServiceCommand,
  DeleteServiceCommand,
  DeregisterTaskDefinitionCommand,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import type { AwsPlace, PlaceOf } from "./aws-place.ts";
import { tagsAll } from "./aws-tags.ts";
import {
  type InputProblem,
  PartialFailure,
  type StandInContext,
  type StandInObject,
  type StandInResource,
  textOf,
  type Value,
  type Values,
  valueAt,
} from "./stand-in-provider.ts";

const taskDefinitionToken = "aws:ecs/taskDefinition:TaskDefinition";

/** Task definitions and services. */
export function ecsResources(placeOf: PlaceOf): Readonly<Record<string, StandInResource>> {
  return {
    [taskDefinitionToken]: taskDefinition(placeOf),
    "aws:ecs/service:Service": service(placeOf),
  };
}

/**
 * terraform-provider-aws 6, internal/service/ecs/task_definition.go: everything but tags, skip_destroy and
 * track_latest is ForceNew; a deletion deregisters, and running services keep what they have.
 */
function taskDefinition(placeOf: PlaceOf): StandInResource {
  const revisions = new Map<string, number>();
  return {
    replaceOn: [
      ...["containerDefinitions", "cpu", "memory", "family", "networkMode", "ipcMode", "pidMode"],
      ...["executionRoleArn", "taskRoleArn", "requiresCompatibilities", "runtimePlatform"],
      ...["volumes", "ephemeralStorage", "placementConstraints", "proxyConfiguration"],
      "enableFaultInjection",
    ],
    defaults: () => ({ skipDestroy: false, trackLatest: false }),
    check: containerProblems,
    create: async (inputs, { configuration }) => {
      const place = await placeOf(configuration);
      refuseUnknownSize(inputs);
      const family = textOf(inputs, "family");
      const revision = (await register(inputs, place)) ?? (revisions.get(family) ?? 0) + 1;
      revisions.set(family, revision);
      const { partition, region, accountId } = place;
      const arnWithoutRevision = `arn:${partition}:ecs:${region}:${accountId}:task-definition/${family}`;
      const arn = `${arnWithoutRevision}:${revision}`;
      // The real id is the family, which all revisions share; here ids tell objects apart.
      return { id: arn, outputs: { arn, arnWithoutRevision, revision, tagsAll: tagsAll(inputs) } };
    },
    update: async (_id, inputs) => ({ tagsAll: tagsAll(inputs) }),
    delete: async (_id, state, { configuration }) => {
      const { clients } = await placeOf(configuration);
      if (state["skipDestroy"] !== true) {
        await clients?.ecs.send(
          new DeregisterTaskDefinitionCommand({ taskDefinition: textOf(state, "arn") }),
        );
      }
    },
  };
}

function containerProblems({ containerDefinitions: text }: Values): readonly InputProblem[] {
  if (typeof text !== "string") {
    return [];
  }
  try {
    return Array.isArray(JSON.parse(text))
      ? []
      : [{ property: "containerDefinitions", reason: "is invalid: no list" }];
  } catch {
    return [{ property: "containerDefinitions", reason: "is invalid: no JSON" }];
  }
}

/** What RegisterTaskDefinition answers to sizes that Fargate does not have; the smallest of its table only. */
function refuseUnknownSize({ cpu, memory, requiresCompatibilities: needs }: Values): void {
  const isFargate = Array.isArray(needs) && needs.includes("FARGATE");
  const megabytes = Number(memory);
  if (isFargate && cpu === "256" && ![512, 1_024, 2_048].includes(megabytes)) {
    throw new Error("ClientException: No Fargate configuration exists for given values.");
  }
}

async function register(inputs: Values, { clients }: AwsPlace): Promise<number | undefined> {
  // The provider's own names are the API's, as far as this input goes.
  const request = {
    family: textOf(inputs, "family"),
    cpu: textOf(inputs, "cpu"),
    memory: textOf(inputs, "memory"),
    networkMode: textOf(inputs, "networkMode"),
    executionRoleArn: textOf(inputs, "executionRoleArn"),
    taskRoleArn: textOf(inputs, "taskRoleArn"),
    requiresCompatibilities: inputs["requiresCompatibilities"],
    runtimePlatform: inputs["runtimePlatform"],
    volumes: inputs["volumes"],
    containerDefinitions: JSON.parse(textOf(inputs, "containerDefinitions")) as unknown,
  } as unknown as RegisterTaskDefinitionCommandInput;
  const answer = await clients?.ecs.send(new RegisterTaskDefinitionCommand(request));
  return answer?.taskDefinition?.revision;
}

/**
 * terraform-provider-aws 6, internal/service/ecs/service.go: ForceNew of cluster, iam_role, launch_type, name and
 * scheduling_strategy. With `waitForSteadyState` the call ends when the tasks run: here, when what they need is
 * there.
 */
function service(placeOf: PlaceOf): StandInResource {
  return {
    replaceOn: ["cluster", "iamRole", "launchType", "name", "schedulingStrategy"],
    autoName: { property: "name", maxLength: 255 },
    defaults: () => ({ schedulingStrategy: "REPLICA", waitForSteadyState: false }),
    create: async (inputs, context) => {
      const place = await placeOf(context.configuration);
      const cluster = clusterOf(inputs, place);
      const name = textOf(inputs, "name");
      refuseUnknownDefinition(inputs, context);
      await createService(inputs, place);
      const { partition, region, accountId } = place;
      const id = `arn:${partition}:ecs:${region}:${accountId}:service/${cluster}/${name}`;
      const outputs = { arn: id, iamRole: "", triggers: {}, tagsAll: tagsAll(inputs) };
      waitForTasks(id, inputs, outputs, context);
      return { id, outputs };
    },
    update: async (id, inputs, _state, context) => {
      const { clients } = await placeOf(context.configuration);
      refuseUnknownDefinition(inputs, context);
      await clients?.ecs.send(
        new UpdateServiceCommand({
          cluster: textOf(inputs, "cluster"),
          service: textOf(inputs, "name"),
          taskDefinition: textOf(inputs, "taskDefinition"),
          desiredCount: Number(inputs["desiredCount"]),
        }),
      );
      const outputs = { tagsAll: tagsAll(inputs) };
      waitForTasks(id, inputs, outputs, context);
      return outputs;
    },
    delete: async (_id, state, { configuration }) => {
      const { clients } = await placeOf(configuration);
      await clients?.ecs.send(
        new DeleteServiceCommand({
          cluster: textOf(state, "cluster"),
          service: textOf(state, "name"),
          force: true,
        }),
      );
    },
  };
}

/** Name of the cluster, which must be where the provider is. */
function clusterOf(inputs: Values, { partition, region, accountId }: AwsPlace): string {
  const cluster = textOf(inputs, "cluster");
  const here = `arn:${partition}:ecs:${region}:${accountId}:cluster/`;
  if (cluster.startsWith("arn:") && !cluster.startsWith(here)) {
    throw new Error("ClusterNotFoundException: Cluster not found.");
  }
  return cluster.split("/").at(-1) ?? "";
}

function definitionOf(inputs: Values, { objects }: StandInContext): StandInObject | undefined {
  const arn = textOf(inputs, "taskDefinition");
  return objects.find(({ token, id }) => token === taskDefinitionToken && id === arn);
}

/** Deregistered definitions take no new deployments. */
function refuseUnknownDefinition(inputs: Values, context: StandInContext): void {
  if (definitionOf(inputs, context) === undefined) {
    throw new Error("ClientException: TaskDefinition is inactive");
  }
}

/** Fails as a deployment does whose tasks cannot get at their secret, when it waits for them. */
function waitForTasks(id: string, inputs: Values, outputs: Values, context: StandInContext): void {
  if (inputs["waitForSteadyState"] !== true) {
    return;
  }
  const definition = definitionOf(inputs, context);
  const role = textOf(definition?.inputs ?? {}, "executionRoleArn");
  const version = secretVersionOf(definition);
  const { objects } = context;
  const hasRole = objects.some(({ outputs: made }) => made["arn"] === role);
  const isOwnSecret = objects.some(({ outputs: made }) => made["arn"] === version?.secretArn);
  const hasVersion = objects.some(({ outputs: made }) => made["versionId"] === version?.versionId);
  if (!hasRole || (isOwnSecret && version?.versionId !== undefined && !hasVersion)) {
    throw new PartialFailure(
      "waiting for ECS Service: deployment failed: ResourceInitializationError: unable to pull secrets or registry auth",
      { id, outputs: { ...inputs, ...outputs } },
    );
  }
}

function secretVersionOf(
  definition: StandInObject | undefined,
): { readonly secretArn: string; readonly versionId: string | undefined } | undefined {
  const containers: unknown = JSON.parse(
    textOf(definition?.inputs ?? {}, "containerDefinitions") || "[]",
  );
  // JSON is a value by its definition.
  const from = valueAt(containers as Value, "[0].secrets[0].valueFrom");
  if (typeof from !== "string") {
    return undefined;
  }
  const parts = from.split(":");
  return { secretArn: parts.slice(0, 7).join(":"), versionId: parts[9] };
}

async function createService(inputs: Values, { clients }: AwsPlace): Promise<void> {
  const list = (path: string): string[] => {
    const value = valueAt(inputs, path);
    return Array.isArray(value) ? value.map(String) : [];
  };
  await clients?.ecs.send(
    new CreateServiceCommand({
      cluster: textOf(inputs, "cluster"),
      serviceName: textOf(inputs, "name"),
      taskDefinition: textOf(inputs, "taskDefinition"),
      desiredCount: Number(inputs["desiredCount"]),
      launchType: "FARGATE",
      networkConfiguration: {
        awsvpcConfiguration: {
          subnets: list("networkConfiguration.subnets"),
          securityGroups: list("networkConfiguration.securityGroups"),
          assignPublicIp: "DISABLED",
        },
      },
    }),
  );
}
