import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { isRoot } from "../parts/environment.ts";
import type { Progress } from "../parts/part.ts";
import { PartFailure } from "../parts/part-failure.ts";
import { announceIfSlow } from "../parts/progress.ts";
import { importImage } from "./containerd.ts";
import { forgetCluster, listClusters } from "./slots.ts";
import type { ReadyCluster, SupervisorMessage, SupervisorOrder } from "./supervisor-messages.ts";

/** A Kubernetes cluster of our own, to be thrown away. */
export interface Cluster {
  /** Kubeconfig of a cluster administrator, with the certificates in it. */
  readonly adminKubeconfigPath: string;
  /** Absolute path of a kubectl of the cluster's version. */
  readonly kubectl: string;
  /** Address of this machine that pods can reach: servers that pods shall reach listen there. */
  readonly hostAddress: string;
  /** Whether there is a node that runs pods. Without root there is only an API server with its controllers. */
  readonly root: boolean;
  /**
   * Loads an image archive (OCI, or Docker's) into the node. Pods name it with a tag other than `latest` and
   * `imagePullPolicy: Never`.
   *
   * @throws {PartFailure} if the file is no image, or the cluster has no node.
   */
  importImage(archivePath: string): Promise<void>;
  /** Takes the cluster down. Leaves no process, mount, device, cgroup, route or file; may be called twice. */
  stop(): Promise<void>;
}

/** How a cluster is started. */
export interface ClusterOptions {
  readonly progress: Progress;
  /** Folder in which the cluster makes one of its own; the system's for temporary files if absent. */
  readonly stateDir?: string;
  /** Name in `npm run cluster -- status`; `test` if absent. */
  readonly name?: string;
}

/** A supervisor takes a cluster down in a second or two. */
const stopMsMax = 60_000;
const supervisorProgram = join(import.meta.dirname, "supervisor.ts");

/**
 * Starts a single-node cluster with kubelet and containerd, and waits until it takes pods; where one is not root, only
 * its API server (see {@link Cluster.root}). Any number can run side by side.
 *
 * guarantee: the cluster does not outlive this process, however that ends.
 *
 * @throws {PartFailure} saying what to do, if a part is missing or does not start; nothing is left then.
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  return await order(options, isRoot() ? "node" : "api-server");
}

/**
 * Starts an API server with its store and controllers, on loopback and without privileges: objects are kept, checked
 * and collected as in a whole cluster, and no pod ever runs.
 *
 * guarantee: it does not outlive this process.
 *
 * @throws {PartFailure} saying what to do, if a part is missing or does not start; nothing is left then.
 */
export async function startApiServer(options: ClusterOptions): Promise<Cluster> {
  return await order(options, "api-server");
}

/**
 * Starts a cluster like {@link startCluster}, which stays until {@link stopDetachedCluster}.
 *
 * @throws {PartFailure} as {@link startCluster} does.
 */
export async function startDetachedCluster(
  options: ClusterOptions & { readonly name: string },
): Promise<ReadyCluster> {
  const { child, ready } = await spawnSupervisor(options, {
    kind: isRoot() ? "node" : "api-server",
    name: options.name,
    stateParent: options.stateDir,
    detached: true,
  });
  child.stdout?.destroy();
  child.unref();
  return ready;
}

/**
 * Takes down the clusters of that name, and what is left of those whose owner was killed. Returns how many there were.
 *
 * @throws {PartFailure} if one does not go.
 */
export async function stopDetachedCluster(name: string): Promise<number> {
  const found = (await listClusters()).filter((cluster) => cluster.name === name);
  for (const cluster of found) {
    if (cluster.alive) {
      process.kill(cluster.owner.pid, "SIGTERM");
    }
    const giveUpAtMs = performance.now() + stopMsMax;
    while ((await listClusters()).some(isSameAs(cluster))) {
      if (performance.now() > giveUpAtMs) {
        throw new PartFailure(`Process ${cluster.owner.pid} does not take its cluster down.`, {
          advice: `end it with "kill -KILL ${cluster.owner.pid}", and run this again.`,
        });
      }
      await forgetCluster(cluster);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  return found.length;
}

function isSameAs(left: {
  readonly owner: { readonly pid: number };
  readonly stateFolder: string;
}): (right: { readonly owner: { readonly pid: number }; readonly stateFolder: string }) => boolean {
  return (right) => right.owner.pid === left.owner.pid && right.stateFolder === left.stateFolder;
}

async function order(options: ClusterOptions, kind: SupervisorOrder["kind"]): Promise<Cluster> {
  const { child, ready } = await spawnSupervisor(options, {
    kind,
    name: options.name ?? "test",
    stateParent: options.stateDir,
    detached: false,
  });
  const ended = new Promise<void>((resolve) =>
    child.once("exit", () => {
      resolve();
    }),
  );
  return {
    adminKubeconfigPath: ready.adminKubeconfigPath,
    kubectl: ready.kubectl,
    hostAddress: ready.hostAddress,
    root: ready.namespacesPid !== undefined,
    importImage: async (archivePath) => {
      await importInto(ready, archivePath);
    },
    stop: async () => {
      child.stdin?.end();
      const timer = setTimeout(() => child.kill("SIGKILL"), stopMsMax);
      await ended;
      clearTimeout(timer);
    },
  };
}

async function importInto(ready: ReadyCluster, archivePath: string): Promise<void> {
  if (ready.namespacesPid === undefined) {
    throw new PartFailure("This cluster has no node that could run an image.", {
      advice: "run this as root; without it there is only an API server.",
    });
  }
  const enter = ["nsenter", `--target=${ready.namespacesPid}`, "--mount", "--"];
  await importImage((command) => [...enter, ...command], archivePath);
}

/** Starts the process that holds a cluster, and waits until the cluster is ready. */
async function spawnSupervisor(
  options: ClusterOptions,
  supervisorOrder: SupervisorOrder,
): Promise<{ readonly child: ChildProcess; readonly ready: ReadyCluster }> {
  const child = spawn(process.execPath, [supervisorProgram, JSON.stringify(supervisorOrder)], {
    cwd: "/",
    detached: supervisorOrder.detached,
    stdio: supervisorOrder.detached ? ["ignore", "pipe", "ignore"] : ["pipe", "pipe", "inherit"],
  });
  const ready = await announceIfSlow(
    options.progress,
    "starting a Kubernetes cluster",
    async () => {
      return await readUntilReady(child, options.progress);
    },
  );
  return { child, ready };
}

async function readUntilReady(child: ChildProcess, progress: Progress): Promise<ReadyCluster> {
  return await new Promise((resolve, reject) => {
    // What the supervisor tells of a failure says already what to do.
    let failure =
      "The process that holds the cluster was ended before it was ready. Run this again.";
    child.on("error", reject);
    child.on("close", () => {
      reject(new Error(failure));
    });
    if (child.stdout === null) {
      return;
    }
    createInterface(child.stdout).on("line", (line) => {
      const message = JSON.parse(line) as SupervisorMessage;
      if ("progress" in message) {
        progress(message.progress);
      } else if ("ready" in message) {
        resolve(message.ready);
      } else {
        failure = message.failed;
      }
    });
  });
}
