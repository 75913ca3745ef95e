import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Secret } from "@holdfast/foundation/secret.ts";
import { replacePrivateFile } from "../files/private-file.ts";
import { fillInPrivateKey } from "../runner/fill-in-private-key.ts";
import type { World } from "../world.ts";
import { type Child, startChild } from "./child.ts";
import { devHost, withoutSettings } from "./control-plane-process.ts";
import type { DevFolder } from "./dev-folder.ts";
import type { DevRecord } from "./dev-record.ts";
import type { PulumiParts } from "./find-pulumi.ts";

/**
 * Writes the runner's credentials file: what the stack has minted, with the key that was made here, and
 * with the ports of today.
 */
export async function writeRunnerCredentials(
  world: World,
  folder: DevFolder,
  minted: string,
  ports: NonNullable<DevRecord["ports"]>,
): Promise<void> {
  const key = new Secret(await readFile(folder.runnerKey, "utf8"));
  const text = fillInPrivateKey(minted, key, {
    tunnel: `${devHost}:${ports.tunnel}`,
    api: `${devHost}:${ports.api}`,
  });
  await replacePrivateFile(folder.runnerCredentials, text, world.random);
}

/** Starts the runner as a process of its own, with the policy and the Pulumi CLI of `holdfast dev`. */
export async function startRunner(
  world: World,
  folder: DevFolder,
  pulumi: PulumiParts,
): Promise<Child> {
  return await startChild({
    programUrl: import.meta.resolve("@holdfast/runner/main.ts"),
    args: ["start"],
    environment: {
      ...withoutSettings(world.environment),
      HOLDFAST_CREDENTIALS_FILE: folder.runnerCredentials,
      HOLDFAST_POLICY_FILE: folder.runnerPolicy,
      HOLDFAST_STATE_DIR: folder.runnerState,
      // Else a runner that was started but not yet on record would outlive us, and hold its state.
      HOLDFAST_PARENT_WATCH: "on",
      HOLDFAST_PULUMI_ROOT: pulumi.root,
      HOLDFAST_PULUMI_LANGUAGE_HOSTS: [...pulumi.hostFolders, dirname(process.execPath)].join(":"),
      HOLDFAST_PULUMI_MODULES: join(import.meta.dirname, "../../node_modules"),
    },
    logFile: folder.logs.runner,
    clock: world.clock,
  });
}
