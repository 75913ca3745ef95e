import { Failure } from "@holdfast/foundation/failure.ts";
import { checkHealth } from "../api/health.ts";
import { openChannel } from "../api/session.ts";
import type { CommandCall } from "../command.ts";
import { resolveContext } from "../context/resolve-context.ts";
import { formatJson } from "../output/print.ts";
import { formatDetails } from "../output/table.ts";

/** A control plane that answers later than this is as good as away. */
const answerMsMax = 10_000;

/** `holdfast control-plane status`: needs no API key, and fails unless the answer is `serving`. */
export async function askStatus(call: CommandCall): Promise<undefined> {
  const { options, world } = call;
  const { name, context } = await resolveContext(call);
  const client = await openChannel(context);
  try {
    const startedAtMs = world.clock.monotonicMs();
    const status = await checkHealth(client, new Date(world.clock.nowMs() + answerMsMax));
    const answer = {
      context: name,
      endpoint: context.endpoint,
      status,
      answeredInMs: Math.round(world.clock.monotonicMs() - startedAtMs),
    };
    await world.terminal.write(
      options.flag("json") ? formatJson(answer) : formatDetails(columns, answer),
    );
    if (status !== "serving") {
      throw new Failure(
        "control_plane.unavailable",
        `The control plane says that it is ${status}.`,
      );
    }
    return undefined;
  } finally {
    client.close();
  }
}

interface Answer {
  readonly context: string;
  readonly endpoint: string;
  readonly status: string;
  readonly answeredInMs: number;
}

const columns = [
  { title: "context", of: ({ context }: Answer) => context },
  { title: "endpoint", of: ({ endpoint }: Answer) => endpoint },
  { title: "status", of: ({ status }: Answer) => status },
  { title: "answered in", of: ({ answeredInMs }: Answer) => `${answeredInMs} ms` },
];
