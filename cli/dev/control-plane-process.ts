import { createServer } from "node:net";
import { Failure } from "@holdfast/foundation/failure.ts";
import { z } from "zod";
import type { World } from "../world.ts";
import { type Child, startChild } from "./child.ts";
import type { DevFolder } from "./dev-folder.ts";
import type { DevRecord } from "./dev-record.ts";

const readySchema = z.object({
  ready: z.literal(true),
  tunnelPort: z.int(),
  apiPort: z.int(),
});

/** A control plane that serves. */
export interface ControlPlaneProcess {
  readonly child: Child;
  readonly ports: NonNullable<DevRecord["ports"]>;
}

/** Address of everything that `holdfast dev` starts: nothing of it can be reached from outside. */
export const devHost = "127.0.0.1";

/** The first start makes a store and keys; on a slow machine that takes a while. */
const startMsMax = 120_000;

/**
 * Starts the control plane on the ports of the last time, if they are free.
 *
 * @throws {Failure} `control_plane.unavailable` if it ends or does not get ready.
 */
export async function startControlPlane(
  world: World,
  folder: DevFolder,
  remembered: DevRecord["ports"],
): Promise<ControlPlaneProcess> {
  const { promise: firstLine, resolve } = Promise.withResolvers<string>();
  const child = await startChild({
    programUrl: import.meta.resolve("@holdfast/control-plane/main.ts"),
    args: [],
    environment: {
      ...withoutSettings(world.environment),
      HOLDFAST_DATA_DIRECTORY: folder.controlPlane,
      HOLDFAST_LISTEN_HOST: devHost,
      HOLDFAST_TUNNEL_PORT: String(await freePort(remembered?.tunnel)),
      HOLDFAST_API_PORT: String(await freePort(remembered?.api)),
      HOLDFAST_PARENT_WATCH: "on",
    },
    logFile: folder.logs.controlPlane,
    onLine: resolve,
    clock: world.clock,
  });
  const line = await orEnd(world, child, firstLine).catch(async (error: unknown) => {
    await child.stop(0);
    throw error;
  });
  if (line === undefined) {
    await child.stop(0);
    throw new Failure(
      "control_plane.unavailable",
      `The control plane did not start; its log: ${folder.logs.controlPlane}.`,
    );
  }
  const { tunnelPort, apiPort } = readySchema.parse(JSON.parse(line));
  return { child, ports: { tunnel: tunnelPort, api: apiPort } };
}

/** Our environment without any setting: what we were told is not meant for the programs we start. */
export function withoutSettings(environment: World["environment"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      value === undefined || name.startsWith("HOLDFAST_") ? [] : [[name, value] as const],
    ),
  );
}

/** The line, or nothing if the process ends or the time is over before it comes. */
async function orEnd(
  { clock, interrupts }: World,
  child: Child,
  line: Promise<string>,
): Promise<string | undefined> {
  const done = new AbortController();
  const signal = AbortSignal.any([done.signal, interrupts.signal]);
  try {
    return await Promise.race([
      line,
      child.ended.then(() => undefined),
      clock.wait(startMsMax, signal).then(() => undefined),
    ]);
  } finally {
    done.abort();
  }
}

/** The port if nobody has it, else 0: the system then chooses one. */
async function freePort(port: number | undefined): Promise<number> {
  if (port === undefined) {
    return 0;
  }
  const probe = createServer();
  return await new Promise((resolve) => {
    probe.once("error", () => resolve(0));
    probe.listen(port, devHost, () => probe.close(() => resolve(port)));
  });
}
