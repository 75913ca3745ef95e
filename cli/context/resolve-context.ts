import { dirname, join } from "node:path";
import { Failure } from "@holdfast/foundation/failure.ts";
import type { CommandCall } from "../command.ts";
import type { World } from "../world.ts";
import { type Context, configPath, readConfig, readContext } from "./context-file.ts";

/** A context with the name that messages call it by. */
export interface NamedContext {
  readonly name: string;
  readonly context: Context;
}

/** Where `holdfast dev` leaves the way to its control plane, from the folder it was started in. */
const devContextFile = ".holdfast/context.json";

/** How far up from the working folder the data of `holdfast dev` is looked for. */
const foldersUpMax = 32;

/**
 * The control plane that a call is meant for: `--context`, then `HOLDFAST_CONTEXT`, then the current one
 * of the configuration, then that of a `holdfast dev` in this folder or one above.
 *
 * @throws {Failure} `cli.context_missing` if there is none, or none with this name.
 */
export async function resolveContext({ options, world }: CommandCall): Promise<NamedContext> {
  const path = configPath(world);
  const config = await readConfig(path);
  const asked = options.text("context") ?? nonEmpty(world.environment["HOLDFAST_CONTEXT"]);
  const name = asked ?? config.current;
  if (name === undefined || (name === "dev" && config.contexts[name] === undefined)) {
    return await useDevContext(world, options.flag("json") || name === "dev");
  }
  const context = config.contexts[name];
  if (context === undefined) {
    const known = Object.keys(config.contexts).join(", ") || "none";
    throw new Failure(
      "cli.context_missing",
      `There is no context \`${name}\` in ${path}; it has: ${known}.`,
    );
  }
  return { name, context };
}

/** The path of the context that a `holdfast dev` has left in this folder or one above. */
export async function findDevContext(
  world: World,
): Promise<{ readonly path: string; readonly context: Context } | undefined> {
  let folder = world.folder;
  for (let count = 0; count < foldersUpMax; count += 1) {
    const path = join(folder, devContextFile);
    const context = await readContext(path);
    if (context !== undefined) {
      return { path, context };
    }
    const above = dirname(folder);
    if (above === folder) {
      return undefined;
    }
    folder = above;
  }
  return undefined;
}

async function useDevContext(world: World, isQuiet: boolean): Promise<NamedContext> {
  const found = await findDevContext(world);
  if (found === undefined) {
    throw new Failure(
      "cli.context_missing",
      "No control plane is named, and there is no `holdfast dev` in this folder or above.",
    );
  }
  if (!isQuiet) {
    world.terminal.note(`(context of \`holdfast dev\`: ${found.path})`);
  }
  return { name: "dev", context: found.context };
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}
