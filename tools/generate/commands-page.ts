import type { CommandSpec } from "@holdfast/cli/command.ts";
import { topLevelCommands } from "@holdfast/cli/commands.ts";
import { globalOptions } from "@holdfast/cli/global-options.ts";
import { groups } from "@holdfast/cli/groups.ts";
import { page, table } from "./markdown.ts";

/** docs/reference/commands.md: every command of `holdfast`, with its options and examples. */
export async function commandsPage(): Promise<string> {
  const nouns = await Promise.all(
    groups.map(async ({ name, about, load }) => [
      `## ${name}`,
      `${sentence(about)}`,
      ...(await load()).flatMap((command) => commandParts(`${name} ${command.name}`, command)),
    ]),
  );
  return page(
    "Commands",
    "What `holdfast --help` and the help of each command say. How they work together: [the command line](../cli.md).",
    ...nouns.flat(),
    "## Without a noun",
    ...topLevelCommands.flatMap((command) => commandParts(command.name, command)),
    "## Options of every command",
    valuesTable("option", globalOptions.map(named)),
  );
}

function commandParts(name: string, command: CommandSpec): readonly string[] {
  const { about, details, examples } = command;
  const given = command.arguments ?? [];
  const options = command.options ?? [];
  return [
    `### ${name}`,
    sentence(about),
    ...(details === undefined ? [] : [details]),
    ...(given.length === 0 ? [] : [valuesTable("argument", given)]),
    ...(options.length === 0 ? [] : [valuesTable("option", options.map(named))]),
    `\`\`\`sh\n${examples.join("\n")}\n\`\`\``,
  ];
}

/** What an argument and an option have in common here. */
interface Value {
  readonly name: string;
  readonly about: string;
  readonly choices?: readonly string[];
}

function named({ flags, ...others }: Omit<Value, "name"> & { readonly flags: string }): Value {
  return { ...others, name: flags };
}

function valuesTable(title: string, values: readonly Value[]): string {
  return table(
    [title, "meaning"],
    values.map(({ name, about, choices }) => [
      `\`${name}\``,
      choices === undefined ? about : `${about}; one of ${choices.join(", ")}`,
    ]),
  );
}

function sentence(about: string): string {
  return `${about.charAt(0).toUpperCase()}${about.slice(1)}.`;
}
