import { run } from "../parts/run.ts";
import { containerdSocket } from "./configuration.ts";

const client = ["ctr", `--address=${containerdSocket}`, "--namespace=k8s.io"];

/**
 * Loads an image archive (OCI, or Docker's) into the node's containerd. `enter` is the command that leads into the
 * cluster's namespaces.
 *
 * @throws {PartFailure} if the file is not there or is no image.
 */
export async function importImage(
  enter: (command: readonly string[]) => readonly string[],
  archivePath: string,
): Promise<void> {
  // Opened outside the namespaces, where the caller's path means what the caller thinks.
  const [program = "", ...args] = enter([...client, "images", "import", "-"]);
  await run(program, args, {
    inputPath: archivePath,
    advice: "check that the file is an image archive: OCI layout in a tar, or docker-archive.",
  });
}

/** Whether containerd takes calls. */
export async function isContainerdReady(
  enter: (command: readonly string[]) => readonly string[],
): Promise<boolean> {
  const [program = "", ...args] = enter([...client, "version"]);
  try {
    await run(program, args, { advice: "wait." });
    return true;
  } catch {
    return false;
  }
}
