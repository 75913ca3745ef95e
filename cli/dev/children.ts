import { readFile } from "node:fs/promises";
import { Failure } from "@holdfast/foundation/failure.ts";
import type { World } from "../world.ts";
import type { Child } from "./child.ts";
import type { DevFolder } from "./dev-folder.ts";
import { type DevRecord, writeRecord } from "./dev-record.ts";

/** The processes of `holdfast dev`. */
export type ChildName = "control-plane" | "stack-update" | "runner";

/** How long each may take to end in order. */
const endMsMax: Readonly<Record<ChildName, number>> = {
  "control-plane": 20_000,
  "stack-update": 20_000,
  runner: 30_000,
};

/** The processes that were started, in the order of their start. */
export class Children {
  readonly #folder: DevFolder;
  readonly #world: World;
  #children: readonly { readonly name: ChildName; readonly child: Child }[] = [];
  #ports: DevRecord["ports"];

  /** `ports` of the last time. */
  constructor(folder: DevFolder, world: World, ports: DevRecord["ports"]) {
    this.#folder = folder;
    this.#world = world;
    this.#ports = ports;
  }

  /** Takes charge of a process; it is on record before anything else is done with it. */
  async add(name: ChildName, child: Child): Promise<void> {
    this.#children = [...this.#children, { name, child }];
    await this.#record();
  }

  /** Keeps the ports for the next time. */
  async remember(ports: DevRecord["ports"]): Promise<void> {
    this.#ports = ports;
    await this.#record();
  }

  /** Gives a process up that has ended as it should. */
  async forget(child: Child): Promise<void> {
    this.#children = this.#children.filter((each) => each.child !== child);
    await this.#record();
  }

  /**
   * Waits for one that ends by itself.
   *
   * @throws {Failure} always, with what it said last: none of them may.
   */
  async oneEnded(): Promise<never> {
    const { name, exitCode } = await Promise.race(
      this.#children.map(async (each) => ({ name: each.name, ...(await each.child.ended) })),
    );
    throw await endedEarly(name, exitCode, this.#folder);
  }

  /** Stops all, the last that was started first. */
  async stopAll(): Promise<void> {
    for (const { name, child } of this.#children.toReversed()) {
      await child.stop(endMsMax[name]);
    }
    this.#children = [];
    await this.#record();
  }

  async #record(): Promise<void> {
    const processes = this.#children.map(({ child }) => child.identity);
    const ports = this.#ports === undefined ? {} : { ports: this.#ports };
    await writeRecord(this.#folder, { ...ports, processes }, this.#world);
  }
}

async function endedEarly(name: ChildName, exitCode: number, folder: DevFolder): Promise<Failure> {
  const path = name === "runner" ? folder.logs.runner : folder.logs.controlPlane;
  return new Failure(
    name === "runner" ? "runner.lost" : "control_plane.unavailable",
    `The process \`${name}\` ended with exit code ${exitCode}; its log: ${path}.`,
    { cause: new Error(await lastLine(path)) },
  );
}

/** The last line of a log; nothing if there is none. */
export async function lastLine(path: string): Promise<string> {
  const log = await readFile(path, "utf8").catch(() => "");
  return log.trimEnd().split("\n").at(-1) ?? "";
}
