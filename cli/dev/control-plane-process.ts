import { createServer } from "node:net";
import { Failure } from "@holdfast/foundation/failure.ts";
import { z } from "zod";
import type { World } from "../world.ts";
import { type Child, startChild } from "./child.ts";
import { type Children, lastLine } from "./children.ts";
import type { DevFolder } from "./dev-folder.ts";
import type { DevRecord } from "./dev-record.ts";

const readySchema = z.object({
  ready: z.literal(true),
  tunnelPort: z.int(),
  apiPort: z.int(),
});

/** What the start needs to know. */
export interface ControlPlaneStart {
  readonly folder: DevFolder;
  /** Takes charge of the process as soon as there is one. */
  readonly children: Children;
  /** Ports of the last time; taken again if they are free. */
  readonly ports: DevRecord["ports"];
  /** Whether the last run was killed: a process that it was just starting may have the store for a while. */
  readonly isRecovering: boolean;
}

const recoveryAttemptsMax = 30;
const recoveryPauseMs = 1_000;

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
  start: ControlPlaneStart,
): Promise<NonNullable<DevRecord["ports"]>> {
  const attemptsMax = start.isRecovering ? recoveryAttemptsMax : 1;
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const ports = await attemptStart(world, start);
    if (ports !== undefined) {
      return ports;
    }
    await world.clock.wait(recoveryPauseMs, world.interrupts.signal);
  }
  const { controlPlane } = start.folder.logs;
  throw new Failure(
    "control_plane.unavailable",
    `The control plane did not start; its log: ${controlPlane}.`,
    { cause: new Error(await lastLine(controlPlane)) },
  );
}

async function attemptStart(
  world: World,
  { folder, children, ports }: ControlPlaneStart,
): Promise<DevRecord["ports"]> {
  const { promise: firstLine, resolve } = Promise.withResolvers<string>();
  const child = await startChild({
    programUrl: import.meta.resolve("@holdfast/control-plane/main.ts"),
    args: [],
    environment: {
      ...withoutSettings(world.environment),
      HOLDFAST_DATA_DIRECTORY: folder.controlPlane,
      HOLDFAST_LISTEN_HOST: devHost,
      HOLDFAST_TUNNEL_PORT: String(await freePort(ports?.tunnel)),
      HOLDFAST_API_PORT: String(await freePort(ports?.api)),
      HOLDFAST_PARENT_WATCH: "on",
    },
    logFile: folder.logs.controlPlane,
    onLine: resolve,
    clock: world.clock,
  });
  await children.add("control-plane", child);
  const line = await orEnd(world, child, firstLine);
  if (line === undefined) {
    await child.stop(0);
    await children.forget(child);
    return undefined;
  }
  const { tunnelPort, apiPort } = readySchema.parse(JSON.parse(line));
  return { tunnel: tunnelPort, api: apiPort };
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
