import { topLevelCommands } from "../commands.ts";
import { globalOptions } from "../global-options.ts";
import { groups } from "../groups.ts";
import type { World } from "../world.ts";
import { type Candidate, completionFor } from "./candidates.ts";

/**
 * `holdfast __complete`: prints what can stand in place of the last word, one candidate a line with a
 * tab before what it is, or `:files` where a path is wanted. It never fails: a shell that asks has nobody
 * to tell.
 */
export async function complete(words: readonly string[], world: World): Promise<number> {
  const grammar = { groups, commands: topLevelCommands, globalOptions };
  const completion = await completionFor(words, grammar);
  if (completion.kind === "files") {
    await world.terminal.write(":files\n");
    return 0;
  }
  const candidates =
    completion.kind === "words"
      ? completion.candidates
      : await (await import("./names.ts")).namesOf(completion.source, words, world);
  const begun = words.at(-1) ?? "";
  await world.terminal.write(format(candidates.filter(({ word }) => word.startsWith(begun))));
  return 0;
}

function format(candidates: readonly Candidate[]): string {
  return candidates
    .map(({ word, about }) => `${word}${about === "" ? "" : `\t${about}`}\n`)
    .join("");
}
