import { Failure } from "@holdfast/foundation/failure.ts";
import {
  type Runner,
  RunnerConnectionState,
  RunnerSchema,
  RunnerService,
} from "@holdfast/protocol/generated/holdfast/v1/runner_pb.ts";
import { readPages } from "../api/pages.ts";
import { withSession } from "../api/session.ts";
import type { CommandCall } from "../command.ts";
import { confirm } from "../output/confirm.ts";
import { enumWord } from "../output/enum-words.ts";
import { ago, moment, printDone, printMany, printOne, type View } from "../output/print.ts";

const { method } = RunnerService;

const view: View<typeof RunnerSchema> = {
  schema: RunnerSchema,
  columns: (clock) => [
    { title: "name", of: ({ name }) => name },
    { title: "state", of: stateOf },
    { title: "tunnels", of: ({ tunnels }) => String(tunnels.length) },
    { title: "version", of: ({ tunnels }) => tunnels[0]?.runnerVersion ?? "" },
    { title: "last seen", of: ({ lastSeenAt }) => ago(lastSeenAt, clock) },
    { title: "created", of: ({ createdAt }) => ago(createdAt, clock) },
  ],
  details: (clock) => [
    { title: "description", of: ({ description }) => description },
    { title: "id", of: ({ id }) => id },
    { title: "service account", of: ({ serviceAccountId }) => serviceAccountId },
    { title: "created at", of: ({ createdAt }) => moment(createdAt) },
    {
      title: "open tunnels",
      of: ({ tunnels }) =>
        tunnels
          .map(
            (tunnel) =>
              `${tunnel.id} (generation ${tunnel.generation}, since ${ago(tunnel.connectedAt, clock)}, round trip ${tunnel.roundTripMs} ms)`,
          )
          .join("; "),
    },
  ],
};

function stateOf({ enabled, connectionState }: Runner): string {
  return enabled ? enumWord(RunnerConnectionState, connectionState) : "disabled";
}

/** `holdfast runner create`. */
export async function createRunner(call: CommandCall): Promise<undefined> {
  const [name = ""] = call.arguments;
  const description = call.options.text("description") ?? "";
  return await withSession(call, async (session) => {
    const request = { organization: session.organization, name, description };
    const answer = await session.call(method.createRunner, request);
    return await printOne(call, view, answer.runner);
  });
}

/** `holdfast runner get`. */
export async function getRunner(call: CommandCall): Promise<undefined> {
  const [runner = ""] = call.arguments;
  return await withSession(call, async (session) => {
    const { organization } = session;
    const answer = await session.call(method.getRunner, { organization, runner });
    return await printOne(call, view, answer.runner);
  });
}

/** `holdfast runner list`. */
export async function listRunners(call: CommandCall): Promise<undefined> {
  const namePrefix = call.options.text("prefix") ?? "";
  const connectedOnly = call.options.flag("connected");
  return await withSession(call, async (session) => {
    const { organization } = session;
    const items = await readPages(async (page) => {
      const request = { organization, page, namePrefix, connectedOnly };
      const answer = await session.call(method.listRunners, request);
      return { items: answer.runners, page: answer.page };
    });
    return await printMany(call, view, items);
  });
}

/** `holdfast runner update`. */
export async function updateRunner(call: CommandCall): Promise<undefined> {
  const { options } = call;
  const [runner = ""] = call.arguments;
  const description = options.text("description");
  if (options.flag("enable") && options.flag("disable")) {
    throw new Failure("cli.usage", "A runner is enabled or disabled, not both.");
  }
  const isEnabledGiven = options.flag("enable") || options.flag("disable");
  return await withSession(call, async (session) => {
    const answer = await session.call(method.updateRunner, {
      organization: session.organization,
      runner,
      ...(description === undefined ? {} : { description }),
      ...(isEnabledGiven ? { enabled: options.flag("enable") } : {}),
    });
    return await printOne(call, view, answer.runner);
  });
}

/** `holdfast runner delete`. */
export async function deleteRunner(call: CommandCall): Promise<undefined> {
  const [runner = ""] = call.arguments;
  await confirm(call, `Revoke all credentials of the runner ${runner} and delete it for good?`);
  return await withSession(call, async (session) => {
    await session.call(method.deleteRunner, { organization: session.organization, runner });
    return await printDone(call, `deleted runner ${runner}`, { deleted: runner });
  });
}
