import { existsSync } from "node:fs";
import { copyFile, mkdir, readdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { PartFailure } from "../parts/part-failure.ts";

const mountPoint = "/sys/fs/cgroup";
/** A killed process stays in its cgroup until the kernel has taken it apart. */
const removalMsMax = 10_000;
const pollMs = 20;

/**
 * Makes the cluster's own root cgroup in every hierarchy. Two kubelets with the same root would take each other's
 * pods for orphans, and kubelet does not make its root itself.
 *
 * @throws {PartFailure} where cgroups cannot be made.
 */
export async function createCgroups(path: string): Promise<void> {
  try {
    for (const hierarchy of await listHierarchies()) {
      const folder = join(hierarchy, path);
      await mkdir(folder, { recursive: true });
      if (existsSync(join(hierarchy, "cpuset.cpus")) && hierarchy !== mountPoint) {
        // Of version 1: no process may enter before both are set.
        await copyFile(join(hierarchy, "cpuset.cpus"), join(folder, "cpuset.cpus"));
        await copyFile(join(hierarchy, "cpuset.mems"), join(folder, "cpuset.mems"));
      }
    }
    await enableControllers(path);
  } catch (error) {
    throw new PartFailure(`No cgroups can be made below ${mountPoint}.`, {
      advice:
        "run this on a machine, or in a container that may write there; without a node, startApiServer works anywhere.",
      cause: error,
    });
  }
}

/** Removes the cluster's cgroups, waiting for the last of its processes to leave them. */
export async function removeCgroups(path: string): Promise<void> {
  const giveUpAtMs = performance.now() + removalMsMax;
  for (const hierarchy of await listHierarchies()) {
    const folder = join(hierarchy, path);
    while (existsSync(folder) && performance.now() < giveUpAtMs) {
      await removeTree(folder);
      if (existsSync(folder)) {
        await delay(pollMs);
      }
    }
  }
}

/** The one hierarchy of version 2, or the several of version 1. */
async function listHierarchies(): Promise<readonly string[]> {
  if (existsSync(join(mountPoint, "cgroup.controllers"))) {
    return [mountPoint];
  }
  const names = await readdir(mountPoint).catch(() => []);
  return names
    .map((name) => join(mountPoint, name))
    .filter((folder) => existsSync(join(folder, "cgroup.procs")));
}

/** Version 2 hands a controller down only where it is told to. */
async function enableControllers(path: string): Promise<void> {
  const controllers = await readFile(join(mountPoint, "cgroup.controllers"), "utf8").catch(
    () => "",
  );
  const words = controllers.split(/\s+/).filter((name) => name !== "");
  for (const folder of words.length === 0 ? [] : [mountPoint, join(mountPoint, path)]) {
    for (const name of words) {
      await writeFile(join(folder, "cgroup.subtree_control"), `+${name}`);
    }
  }
}

/** Only folders can be removed in there, the innermost first; the files go with them. */
async function removeTree(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (entry.isDirectory()) {
      await removeTree(join(folder, entry.name));
    }
  }
  // Still in use: the caller looks again.
  await rmdir(folder).catch(() => undefined);
}
