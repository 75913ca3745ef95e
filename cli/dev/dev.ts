import { join, resolve } from "node:path";
import { openClient, Session } from "../api/session.ts";
import type { CommandCall } from "../command.ts";
import type { Context } from "../context/context-file.ts";
import { replacePrivateFile } from "../files/private-file.ts";
import type { World } from "../world.ts";
import { Children } from "./children.ts";
import { type ControlPlaneStart, devHost, startControlPlane } from "./control-plane-process.ts";
import { type DevFolder, devFolderAt, makeDevFiles, makeDevFolder } from "./dev-folder.ts";
import { endLeftovers, lockDevFolder, readRecord } from "./dev-record.ts";
import { findPulumi, type PulumiParts } from "./find-pulumi.ts";
import { describeRunner, runSample, type Target } from "./first-operations.ts";
import { startRunner, writeRunnerCredentials } from "./runner-process.ts";
import { Steps } from "./steps.ts";
import { devNames, updateStack } from "./update-stack.ts";
import { whenToStop } from "./when-to-stop.ts";

/**
 * `holdfast dev`: the whole path, with the same programs, provider and checks as in production. Whatever
 * happens, the processes that were started are stopped in order: the runner first.
 */
export async function dev(call: CommandCall): Promise<number> {
  const { options, world } = call;
  const pulumi = await findPulumi(call);
  const folder = devFolderAt(resolve(world.folder, options.text("data-dir") ?? ".holdfast"));
  await makeDevFolder(folder);
  const lock = await lockDevFolder(folder, world);
  const before = await readRecord(folder);
  const children = new Children(folder, world, before.ports);
  try {
    const leftovers = await endLeftovers(before, world);
    if (leftovers > 0) {
      world.terminal.note(`(ended ${leftovers} processes that an earlier run had left)`);
    }
    await bringUp(call, folder, pulumi, {
      children,
      ports: before.ports,
      isRecovering: lock.wasStale,
    });
    if (!options.flag("exit")) {
      await stayUp(call, folder, children);
    }
    return 0;
  } finally {
    await children.stopAll();
    await lock.release();
  }
}

async function bringUp(
  call: CommandCall,
  folder: DevFolder,
  pulumi: PulumiParts,
  start: Omit<ControlPlaneStart, "folder">,
): Promise<void> {
  const { world } = call;
  const { children } = start;
  const steps = new Steps(world);
  await makeDevFiles(folder, devNames.runner, world.random);

  const ports = await steps.run("control plane", async () => {
    const { api, tunnel } = await startControlPlane(world, { folder, ...start });
    await children.remember({ api, tunnel });
    const outcome = `serves callers on ${devHost}:${api}, runners on ${devHost}:${tunnel}`;
    return [outcome, { api, tunnel }] as const;
  });
  const context = contextOf(folder, ports.api);
  await replacePrivateFile(folder.context, `${JSON.stringify(context, null, 2)}\n`, world.random);

  const { outputs } = await steps.run("pulumi up: stack local", async (progress) => {
    const update = await updateStack(world, {
      folder,
      children,
      pulumiRoot: pulumi.root,
      apiPort: ports.api,
      onEvent: (event) => {
        if (event.event === "resource" && event.phase === "begins") {
          progress(`${event.step} ${event.type} ${event.name}`);
        } else if (event.event === "recovered") {
          steps.detail(event.what);
        }
      },
    });
    return [changesText(update.changes), update] as const;
  });

  await writeRunnerCredentials(world, folder, outputs.credentialsFile, ports);
  const runner = await startRunner(world, folder, pulumi);
  await children.add("runner", runner);
  const client = await openClient(context);
  try {
    const session = new Session(client, { name: "dev", context }, call);
    const target = {
      runner: devNames.runner,
      stateConnection: outputs.stateConnection,
      passphraseSecret: "state-passphrase",
    };
    const work = firstOperations(world, steps, session, target);
    await Promise.race([work, children.oneEnded()]);
  } finally {
    client.close();
  }
}

/** The first operations through the tunnel; each waits for the one before. */
async function firstOperations(
  world: World,
  steps: Steps,
  session: Session,
  target: Target,
): Promise<void> {
  await steps.run("runner.describe", async () => {
    const operation = await describeRunner(world, session, target.runner);
    return [`runner ${target.runner} has answered through its tunnel`, operation] as const;
  });
  for (const kind of ["pulumi.preview", "pulumi.up"] as const) {
    await steps.run(kind, async () => {
      const summary = await runSample(world, session, kind, target);
      return [`stack dev of the sample program: ${changesText(summary.changes)}`, summary] as const;
    });
  }
}

async function stayUp(call: CommandCall, folder: DevFolder, children: Children): Promise<void> {
  const { terminal } = call.world;
  for (const line of whatNext(folder)) {
    terminal.note(line);
  }
  await Promise.race([whenToStop(call), children.oneEnded()]);
  terminal.note("stopping ...");
}

function whatNext(folder: DevFolder): readonly string[] {
  return [
    "",
    `Data: ${folder.root} (logs in ${join(folder.root, "logs")})`,
    "Try, in another terminal of this folder:",
    "  npx holdfast runner list",
    "  npx holdfast operation run runner.describe --runner local",
    "  npx holdfast operation list",
    "  npx holdfast audit list",
    "Ctrl-C stops everything in order.",
  ];
}

function contextOf(folder: DevFolder, apiPort: number): Context {
  return {
    endpoint: `${devHost}:${apiPort}`,
    caCertificateFile: folder.trust,
    apiKeyFile: folder.administratorKey,
    organization: devNames.organization,
  };
}

function changesText(changes: Readonly<Record<string, number>>): string {
  const parts = Object.entries(changes)
    .filter(([step]) => step !== "same")
    .map(([step, count]) => `${count} ${step}`);
  return parts.length === 0 ? "no changes" : parts.join(", ");
}
