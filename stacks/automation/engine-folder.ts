import { chmod, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { killSafeBackendUrl } from "@holdfast/foundation/state-backend-url.ts";
import type { AutomationRequest } from "./contract.ts";

/** Name of the project, in Pulumi.yaml at the root as well: the state is the same from both sides. */
export const projectName = "holdfast";

/** What the Pulumi CLI is run with. */
export interface EngineFolder {
  /** Has the Pulumi.yaml of the project. */
  readonly workDir: string;
  /** Has what Pulumi keeps for itself. */
  readonly home: string;
  /** Has the states. */
  readonly backend: string;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Makes the folders that Pulumi works in, all below the one that the caller gave. Nothing of the person's
 * own Pulumi installation is used or changed.
 */
export async function makeEngineFolder(request: AutomationRequest): Promise<EngineFolder> {
  const { stateDir, passphraseFile } = request;
  const workDir = join(stateDir, "work");
  const home = join(stateDir, "home");
  const backend = join(stateDir, "backend");
  for (const folder of [stateDir, workDir, home, backend]) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  }
  await chmod(stateDir, 0o700);
  await writeFile(join(workDir, "Pulumi.yaml"), projectText());
  return {
    workDir,
    home,
    backend,
    environment: {
      HOME: home,
      PULUMI_BACKEND_URL: killSafeBackendUrl(pathToFileURL(backend).href),
      PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile,
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    },
  };
}

/** JSON is YAML. The program runs inline; the engine finds the provider where this package has it. */
function projectText(): string {
  const plugin = fileURLToPath(import.meta.resolve("holdfast/bin/pulumi-resource-holdfast"));
  return JSON.stringify({
    name: projectName,
    runtime: "nodejs",
    plugins: { providers: [{ name: "holdfast", path: dirname(plugin) }] },
  });
}
