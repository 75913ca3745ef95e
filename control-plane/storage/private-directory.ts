import { lstat, mkdir } from "node:fs/promises";
import { Failure } from "@holdfast/foundation/failure.ts";

/**
 * Makes a directory that only its owner may enter, or checks one that is there already.
 *
 * @throws {Failure} `store.insecure_mode` if others may enter it; `store.unreadable` if it is something
 *   else than a directory.
 */
export async function makePrivateDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const status = await lstat(path);
  if (!status.isDirectory()) {
    throw new Failure("store.unreadable", `${path} is not a directory.`);
  }
  const mode = status.mode & 0o777;
  if ((mode & 0o077) !== 0) {
    throw new Failure(
      "store.insecure_mode",
      `Others may enter ${path} (mode ${mode.toString(8)}): run \`chmod 700 ${path}\`.`,
    );
  }
}
