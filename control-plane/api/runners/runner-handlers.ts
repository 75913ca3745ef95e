import { RunnerService } from "@holdfast/protocol/generated/holdfast/v1/runner_pb.ts";
import { actorOf } from "../../access/caller.ts";
import { createRunner } from "../../runners/create-runner.ts";
import { deleteRunner } from "../../runners/delete-runner.ts";
import { findRunner } from "../../runners/find-runner.ts";
import { generateCredentials } from "../../runners/generate-credentials.ts";
import { regenerateCredentials } from "../../runners/regenerate-credentials.ts";
import { revokeCredentials } from "../../runners/revoke-credentials.ts";
import type { RunnerDependencies } from "../../runners/runner-dependencies.ts";
import { updateRunner } from "../../runners/update-runner.ts";
import { type Handler, organizationOf, unary } from "../handler.ts";
import { pageQueryOf, pageResponseOf } from "../page-mapping.ts";
import { credentialsToMessage, runnerToMessage } from "./runner-mapping.ts";

/** Everything that callers can do with runners and their credentials. */
export function runnerHandlers(deps: RunnerDependencies): readonly Handler[] {
  return [...lifeCycleHandlers(deps), ...credentialsHandlers(deps)];
}

function lifeCycleHandlers(deps: RunnerDependencies): readonly Handler[] {
  const { method } = RunnerService;
  return [
    unary(method.createRunner, async ({ name, description }, context) => {
      const organizationId = organizationOf(context).id;
      const runner = await createRunner(deps, actorOf(context.caller), {
        organizationId,
        name,
        description,
      });
      return { runner: runnerToMessage(runner, deps.tunnels) };
    }),
    unary(method.getRunner, async (request, context) => ({
      runner: runnerToMessage(
        await findRunner(deps.storage.read, organizationOf(context).id, request.runner),
        deps.tunnels,
      ),
    })),
    unary(method.listRunners, async (request, context) => {
      const organizationId = organizationOf(context).id;
      const connected = [...deps.tunnels.all()]
        .filter(({ identity }) => identity.organizationId === organizationId)
        .map(({ identity }) => identity.runnerId);
      const page = await deps.storage.read.runners.list(organizationId, {
        ...pageQueryOf(request.page),
        namePrefix: request.namePrefix,
        ...(request.connectedOnly ? { ids: [...new Set(connected)] } : {}),
      });
      return {
        runners: page.entries.map((runner) => runnerToMessage(runner, deps.tunnels)),
        page: pageResponseOf(page),
      };
    }),
    unary(method.updateRunner, async (request, context) => {
      const runner = await updateRunner(deps, actorOf(context.caller), {
        organizationId: organizationOf(context).id,
        runner: request.runner,
        description: request.description,
        isEnabled: request.enabled,
      });
      return { runner: runnerToMessage(runner, deps.tunnels) };
    }),
    unary(method.deleteRunner, async (request, context) => {
      await deleteRunner(deps, actorOf(context.caller), {
        organizationId: organizationOf(context).id,
        runner: request.runner,
      });
      return {};
    }),
  ];
}

function credentialsHandlers(deps: RunnerDependencies): readonly Handler[] {
  const { method } = RunnerService;
  return [
    unary(method.generateCredentials, async (request, context) => {
      const minted = await generateCredentials(deps, actorOf(context.caller), {
        organization: organizationOf(context),
        runner: request.runner,
        certificateRequestPem: request.certificateRequestPem,
        lifetimeSeconds: request.lifetimeSeconds,
      });
      return {
        credentialsFile: minted.file.expose(),
        credentials: credentialsToMessage(minted.credentials),
      };
    }),
    unary(method.regenerateCredentials, async (request, context) => {
      const minted = await regenerateCredentials(deps, actorOf(context.caller), {
        organization: organizationOf(context),
        runner: request.runner,
        certificateRequestPem: request.certificateRequestPem,
        lifetimeSeconds: request.lifetimeSeconds,
        overlapSeconds: request.overlapSeconds,
      });
      return {
        credentialsFile: minted.file.expose(),
        credentials: credentialsToMessage(minted.credentials),
        revokedGenerations: minted.revoked.map(({ generation }) => generation),
      };
    }),
    unary(method.revokeCredentials, async (request, context) => ({
      credentials: credentialsToMessage(
        await revokeCredentials(deps, actorOf(context.caller), {
          organizationId: organizationOf(context).id,
          runner: request.runner,
          generation: request.generation,
        }),
      ),
    })),
    unary(method.listCredentials, async (request, context) => {
      const organizationId = organizationOf(context).id;
      const runner = await findRunner(deps.storage.read, organizationId, request.runner);
      const page = await deps.storage.read.credentials.list(
        organizationId,
        runner.id,
        pageQueryOf(request.page),
      );
      return { credentials: page.entries.map(credentialsToMessage), page: pageResponseOf(page) };
    }),
  ];
}
