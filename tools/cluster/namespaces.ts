import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { environmentWith } from "../parts/environment.ts";
import { findOnPath } from "../parts/run.ts";
import { Daemon } from "./daemon.ts";
import type { ClusterLayout } from "./layout.ts";
import { waitUntil } from "./wait.ts";

const initScript = join(import.meta.dirname, "init.sh");

/** A cluster's own mount, process, network, name and message namespaces. */
export interface Namespaces {
  /** Process number of the first process in them, as this machine sees it. */
  readonly pid: number;
  /** The command that runs `command` inside. */
  enter(command: readonly string[]): readonly string[];
  /** Ends everything inside, at once. */
  kill(): Promise<void>;
}

/**
 * Makes the namespaces, and waits until their own folders are mounted.
 *
 * guarantee: they die when this process dies, however it does: the kernel passes the end on, from us to unshare, from
 * unshare to the first process inside, and from that one to everything inside.
 */
export async function createNamespaces(layout: ClusterLayout, reaper: string): Promise<Namespaces> {
  const kinds = ["--mount", "--propagation=private", "--pid", "--mount-proc"];
  const unshare = new Daemon(
    "namespaces",
    [
      ...["setpriv", "--pdeathsig=KILL"],
      ...["unshare", ...kinds, "--net", "--uts", "--ipc", "--fork", "--kill-child=KILL"],
      initScript,
    ],
    layout.logs,
    environmentWith({ STATE: layout.state, REAPER: reaper, NODE: layout.node }),
  );
  try {
    const ready = join(layout.state, "namespaces-ready");
    await waitUntil("the namespaces", [unshare], () => Promise.resolve(existsSync(ready)));
    const children = await readFile(`/proc/${unshare.pid}/task/${unshare.pid}/children`, "utf8");
    return describeNamespaces(Number(children.trim()), unshare);
  } catch (error) {
    await unshare.kill();
    throw error;
  }
}

function describeNamespaces(pid: number, unshare: Daemon): Namespaces {
  const kinds = ["--mount", "--pid", "--net", "--uts", "--ipc"];
  return {
    pid,
    enter: (command) => ["nsenter", `--target=${pid}`, ...kinds, "--", ...command],
    kill: async () => {
      // The first process inside, not unshare, which waits for it: so nobody is left to be reaped by others.
      process.kill(pid, "SIGKILL");
      await unshare.waitForEnd();
    },
  };
}

/** What to put before a command so that it dies with this process, where the system can do that. */
export async function dieWithUs(): Promise<readonly string[]> {
  return (await findOnPath("setpriv")) === undefined ? [] : ["setpriv", "--pdeathsig=KILL"];
}
