import { dirname } from "node:path";
import { askPluginVersion } from "../language-host/ask-plugin-version.ts";
import type { PartRecipe } from "./part.ts";
import { PartFailure } from "./part-failure.ts";
import { findOnPath } from "./run.ts";

/** What finding and checking a plugin needs to know of it. */
export interface PluginName {
  readonly program: string;
  readonly version: string;
  readonly service: "LanguageRuntime" | "ResourceProvider";
}

/** The two steps of a recipe that are the same for every Pulumi plugin. */
export function pluginSteps(
  plugin: PluginName,
): Required<Pick<PartRecipe, "findInstalled" | "verify">> {
  return {
    findInstalled: async () => {
      const found = await findOnPath(plugin.program);
      if (found === undefined) {
        return undefined;
      }
      const version = await askPluginVersion(found, plugin.service).catch(() => undefined);
      return version === plugin.version ? dirname(found) : undefined;
    },
    verify: async (folder) => {
      const version = await askPluginVersion(`${folder}/${plugin.program}`, plugin.service);
      if (version !== plugin.version) {
        throw new PartFailure(
          `${plugin.program} says that it is ${version}, not ${plugin.version}.`,
          { advice: "report this: the recipe in tools/parts and what it brings no longer agree." },
        );
      }
    },
  };
}
