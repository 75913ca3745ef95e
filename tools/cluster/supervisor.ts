import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { provideContainerTools } from "../parts/containers.ts";
import { findFreePorts } from "../parts/free-port.ts";
import { provideKubernetes } from "../parts/kubernetes.ts";
import { describeError } from "../parts/part-failure.ts";
import { startApiServerCluster } from "./api-server-cluster.ts";
import { type ClusterLayout, kubeconfigPath } from "./layout.ts";
import { type RunningCluster, startNodeCluster } from "./node-cluster.ts";
import { providePauseImage } from "./pause-image.ts";
import { leaveSlot, type Slot, takeSlot } from "./slots.ts";
import type { ReadyCluster, SupervisorMessage, SupervisorOrder } from "./supervisor-messages.ts";

// The process that holds one cluster: started by tools/cluster/cluster.ts with an order, it tells on standard output
// how it goes, and takes the cluster down on SIGTERM or SIGINT, or when whoever ordered it has gone.

const node = "holdfast";

function tell(message: SupervisorMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

function progress(line: string): void {
  tell({ progress: line });
}

/** Resolves when it is time to go. */
function waitForEnd(order: SupervisorOrder): Promise<void> {
  return new Promise((resolve) => {
    process.on("SIGTERM", resolve);
    process.on("SIGINT", resolve);
    if (!order.detached) {
      // The other end of the pipe closes when our owner stops us, ends, or is killed.
      process.stdin.resume();
      process.stdin.on("close", resolve);
    }
  });
}

async function describeLayout(
  order: SupervisorOrder,
  slot: Slot,
  state: string,
  bin: string,
): Promise<ClusterLayout> {
  const hasNode = order.kind === "node";
  // In namespaces of its own a cluster has all ports to itself.
  const ports = hasNode ? [6443, 10257, 2379, 2380] : await findFreePorts(4);
  const [apiPort = 0, controllerPort = 0, clientPort = 0, peerPort = 0] = ports;
  const layout: ClusterLayout = {
    slot,
    node,
    state,
    bin,
    certificates: join(state, "certificates"),
    logs: join(state, "log"),
    api: { address: hasNode ? slot.nodeAddress : "127.0.0.1", port: apiPort },
    controllerPort,
    etcd: { clientPort, peerPort },
  };
  await mkdir(layout.certificates, { mode: 0o700 });
  await mkdir(layout.logs);
  return layout;
}

async function start(order: SupervisorOrder, layout: ClusterLayout): Promise<RunningCluster> {
  if (order.kind === "node") {
    return await startNodeCluster(layout, await providePauseImage(progress));
  }
  return await startApiServerCluster(layout);
}

function describeReady(layout: ClusterLayout, cluster: RunningCluster): ReadyCluster {
  return {
    adminKubeconfigPath: kubeconfigPath(layout, "admin"),
    kubectl: join(layout.bin, "kubectl"),
    hostAddress: cluster.namespacesPid === undefined ? "127.0.0.1" : layout.slot.hostAddress,
    namespacesPid: cluster.namespacesPid,
  };
}

/** Takes a slot, holds a cluster in it until `end`, and leaves nothing behind, however it went. */
async function supervise(order: SupervisorOrder, end: Promise<void>): Promise<void> {
  if (order.kind === "node") {
    await provideContainerTools(progress);
  }
  const { bin } = await provideKubernetes(progress);
  const parent = order.stateParent ?? tmpdir();
  await mkdir(parent, { recursive: true });
  const stateFolder = await mkdtemp(join(parent, "holdfast-cluster-"));
  let slot: Slot | undefined;
  try {
    slot = await takeSlot({ name: order.name, kind: order.kind, stateFolder });
    const layout = await describeLayout(order, slot, stateFolder, bin);
    const cluster = await start(order, layout);
    try {
      tell({ ready: describeReady(layout, cluster) });
      await end;
    } finally {
      await cluster.stop();
    }
  } finally {
    await rm(stateFolder, { recursive: true, force: true });
    if (slot !== undefined) {
      await leaveSlot(slot);
    }
  }
}

const order = JSON.parse(process.argv[2] ?? "") as SupervisorOrder;
// Who has read what they wanted closes the pipe.
process.stdout.on("error", () => undefined);
try {
  await supervise(order, waitForEnd(order));
} catch (error) {
  tell({ failed: describeError(error) });
  process.exitCode = 1;
}
// An owner that still holds our input open must not keep us.
process.stdin.destroy();
