import { access, constants } from "node:fs/promises";
import { delimiter, dirname, join, resolve } from "node:path";
import { Failure } from "@holdfast/foundation/failure.ts";
import type { CommandCall } from "../command.ts";

/** Where Pulumi is. */
export interface PulumiParts {
  /** Folder whose `bin` has the CLI. */
  readonly root: string;
  /** Folders with language hosts. */
  readonly hostFolders: readonly string[];
}

/**
 * Finds the Pulumi CLI: as the options say, which `npm start` fills in, or on `PATH`.
 *
 * @throws {Failure} `pulumi.not_available` if there is none.
 */
export async function findPulumi({ options, world }: CommandCall): Promise<PulumiParts> {
  const hosts = options.text("pulumi-hosts") ?? "";
  const hostFolders = hosts.split(delimiter).filter((folder) => folder !== "");
  const given = options.text("pulumi-root");
  if (given !== undefined) {
    return { root: resolve(world.folder, given), hostFolders };
  }
  for (const folder of (world.environment["PATH"] ?? "").split(delimiter)) {
    if (folder.endsWith("/bin") && (await isProgram(join(folder, "pulumi")))) {
      return { root: dirname(folder), hostFolders: [folder, ...hostFolders] };
    }
  }
  throw new Failure(
    "pulumi.not_available",
    "There is no Pulumi CLI on PATH: `npm start` brings one, or name its folder with --pulumi-root.",
  );
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
