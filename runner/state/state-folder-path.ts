import { createHash } from "node:crypto";
import { join } from "node:path";

/** Environment of a process, as main.ts reads it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What main.ts knows of the machine and settings.ts must not ask for itself. */
export interface Machine {
  /** Folder for temporary files. */
  readonly temporaryFolder: string;
  /** Number of the user that the process runs as. */
  readonly userId: number;
}

/**
 * The folder of a runner's state. `health` finds the one of `start` if both have the same variables.
 * Runners with different credentials files have different folders, so that two on one machine do not
 * meet by accident.
 */
export function stateFolderOf(environment: Environment, machine: Machine): string {
  const given = environment["HOLDFAST_STATE_DIR"];
  if (given !== undefined && given !== "") {
    return given;
  }
  const source = environment["HOLDFAST_CREDENTIALS_FILE"] ?? "";
  const mark = createHash("sha256").update(source).digest("hex").slice(0, 12);
  return join(machine.temporaryFolder, `holdfast-runner-${machine.userId}-${mark}`);
}
