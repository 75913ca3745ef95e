import { readdir, rm, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isRoot } from "../parts/environment.ts";
import { isAlive, type ProcessIdentity, readLock, tryLock, unlock } from "../parts/lock.ts";
import { PartFailure } from "../parts/part-failure.ts";
import { removeCgroups } from "./cgroups.ts";
import { isAddressFree, removeInterface } from "./network.ts";

/** Whether a cluster has a node that runs pods, or only an API server that keeps objects. */
export type ClusterKind = "node" | "api-server";

/** What is written down about a cluster for as long as it, or anything of it, is there. */
export interface ClusterRecord {
  readonly name: string;
  readonly kind: ClusterKind;
  /** Everything that the cluster writes lies in here. */
  readonly stateFolder: string;
}

/** Names and addresses that only one cluster of a machine has. */
export interface Slot {
  readonly index: number;
  /** Network device on the machine's side. */
  readonly interfaceName: string;
  /** Path of the cluster's cgroups below the root of each hierarchy. */
  readonly cgroup: string;
  /** The machine's and the node's ends of the link between them. */
  readonly hostAddress: string;
  readonly nodeAddress: string;
  readonly podNetwork: string;
  readonly serviceNetwork: string;
  /** The first address of the service network: the API server's own service. */
  readonly apiServiceAddress: string;
}

/** More than a machine has memory for; each takes a network of 1024 addresses out of 198.18.0.0/15. */
const slotsMax = 32;

/** Where records lie. Root's are for the whole machine, since devices and cgroups are. */
function recordsFolder(): string {
  return isRoot()
    ? "/run/holdfast-clusters"
    : join(tmpdir(), `holdfast-clusters-${process.getuid?.()}`);
}

/** The names and addresses of a slot. 198.18.0.0/15 is reserved for benchmarks (RFC 2544), so nothing real has them. */
function describeSlot(index: number): Slot {
  const network = index * 4;
  const prefix = (offset: number): string =>
    `198.${18 + Math.floor(network / 256)}.${(network % 256) + offset}`;
  return {
    index,
    interfaceName: `holdfast${index}`,
    cgroup: `/holdfast-cluster-${index}`,
    hostAddress: `${prefix(0)}.1`,
    nodeAddress: `${prefix(0)}.2`,
    podNetwork: `${prefix(1)}.0/24`,
    serviceNetwork: `${prefix(2)}.0/24`,
    apiServiceAddress: `${prefix(2)}.1`,
  };
}

/**
 * Takes a slot for this process, until it ends or calls {@link leaveSlot}.
 *
 * guarantee: no other cluster has it. What a cluster left whose owner was killed is removed first. A slot whose
 * device or addresses somebody else uses is passed over.
 *
 * @throws {PartFailure} if all are taken.
 */
export async function takeSlot(record: ClusterRecord): Promise<Slot> {
  for (let index = 0; index < slotsMax; index++) {
    const slot = describeSlot(index);
    if (await tryLock(recordPath(index), record, (left) => removeRemains(slot, left))) {
      if (record.kind === "api-server" || (await isAddressFree(slot))) {
        return slot;
      }
      await leaveSlot(slot);
    }
  }
  throw new PartFailure(`There are ${slotsMax} clusters already.`, {
    advice: 'look at them with "npm run cluster -- status" and take some down.',
  });
}

/** Gives the slot back. Only after everything of the cluster is gone. */
export async function leaveSlot(slot: Slot): Promise<void> {
  await unlock(recordPath(slot.index));
  await removeEmptyFolder(recordsFolder());
}

/** A cluster that is there, and the process that holds it; or what one has left. */
export interface FoundCluster extends ClusterRecord {
  readonly slot: Slot;
  readonly owner: ProcessIdentity;
  readonly alive: boolean;
}

/** All clusters of this machine, or of this user where one is not root. */
export async function listClusters(): Promise<readonly FoundCluster[]> {
  const found: FoundCluster[] = [];
  for (const file of await readdir(recordsFolder()).catch(() => [])) {
    const index = /^slot-(\d+)\.json$/.exec(file)?.[1];
    const record = await readLock<ClusterRecord>(join(recordsFolder(), file));
    if (index !== undefined && record?.name !== undefined && record.stateFolder !== undefined) {
      found.push({
        name: record.name,
        kind: record.kind ?? "node",
        stateFolder: record.stateFolder,
        slot: describeSlot(Number(index)),
        owner: { pid: record.pid, startedAtTicks: record.startedAtTicks },
        alive: isAlive(record),
      });
    }
  }
  return found;
}

/** Removes what a cluster left whose owner is dead, and its record. */
export async function forgetCluster(cluster: FoundCluster): Promise<void> {
  const taken = await tryLock<ClusterRecord>(recordPath(cluster.slot.index), cluster, (left) =>
    removeRemains(cluster.slot, left),
  );
  if (taken) {
    await leaveSlot(cluster.slot);
  }
}

/** The kernel ended the processes together with their owner; devices, cgroups and files are for us to remove. */
async function removeRemains(slot: Slot, left: Partial<ClusterRecord>): Promise<void> {
  if (left.kind === "node") {
    await removeInterface(slot.interfaceName);
    await removeCgroups(slot.cgroup);
  }
  if (left.stateFolder !== undefined) {
    await rm(left.stateFolder, { recursive: true, force: true });
  }
}

function recordPath(index: number): string {
  return join(recordsFolder(), `slot-${index}.json`);
}

async function removeEmptyFolder(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch {
    // Other clusters have their records in there, or another one has just removed it.
  }
}
