import { type Runner, RunnerService } from "@holdfast/protocol/generated/holdfast/v1/runner_pb.ts";
import {
  createdAtOutput,
  descriptionProperty,
  nameProperty,
  organizationIdOutput,
  organizationProperty,
} from "../common-properties.ts";
import { flag, text } from "../input.ts";
import { made } from "../made.ts";
import { momentText } from "../moment.ts";
import type { Found, ResourceKind, Surroundings } from "../resource-kind.ts";

const { createRunner, getRunner, updateRunner, deleteRunner } = RunnerService.method;

/** A process in the customer's infrastructure that executes operations. */
export const runnerKind: ResourceKind = {
  name: "Runner",
  description:
    "A runner: a process in the customer's infrastructure that executes operations with an identity that it holds locally. Deleting it revokes all of its credentials and cuts its tunnels.",
  inputs: {
    organization: organizationProperty,
    name: nameProperty("runner"),
    description: descriptionProperty,
    enabled: {
      type: "boolean",
      description: "False for a runner that may not connect; setting it cuts its tunnels.",
      default: true,
    },
  },
  outputs: { organizationId: organizationIdOutput, createdAt: createdAtOutput },
  hasUniqueName: true,
  importId: "organization/runner, each a name or an id",
  unstable: () => [],
  create: async (surroundings, inputs) => {
    const organization = text(inputs, "organization");
    const response = await surroundings.call(createRunner, {
      organization,
      name: text(inputs, "name"),
      description: text(inputs, "description"),
    });
    const runner = made(response.runner);
    if (!flag(inputs, "enabled")) {
      await disable(surroundings, organization, runner);
    }
    return found(runner, organization);
  },
  read: async ({ call }, { organization, name }) => {
    const { runner } = await call(getRunner, { organization, runner: name });
    return runner === undefined ? undefined : found(runner, organization);
  },
  update: async ({ call }, { organization, name, news }) => {
    const response = await call(updateRunner, {
      organization,
      runner: name,
      description: text(news, "description"),
      enabled: flag(news, "enabled"),
    });
    return found(made(response.runner), organization).outputs;
  },
  remove: async ({ call }, { organization, name }) => {
    await call(deleteRunner, { organization, runner: name });
  },
};

/** A runner is made enabled. One that cannot be disabled is not left behind: no state would know of it. */
async function disable(
  { call }: Surroundings,
  organization: string,
  { id }: Runner,
): Promise<void> {
  try {
    await call(updateRunner, { organization, runner: id, enabled: false });
  } catch (error) {
    await call(deleteRunner, { organization, runner: id });
    throw error;
  }
}

function found(runner: Runner, organization: string): Found {
  return {
    id: runner.id,
    inputs: {
      organization,
      name: runner.name,
      description: runner.description,
      enabled: runner.enabled,
    },
    outputs: {
      organizationId: runner.organizationId,
      createdAt: momentText(runner.createdAt),
    },
  };
}
