import { Failure } from "@holdfast/foundation/failure.ts";
import { Argument, Command, CommanderError, Option } from "commander";
import type { ArgumentSpec, CommandSpec, GroupSpec, OptionSpec } from "./command.ts";
import { CommandOptions } from "./command-options.ts";
import { topLevelCommands } from "./commands.ts";
import { exitCodeOfKind, exitCodeOfSuccess } from "./exit-codes.ts";
import { globalOptions } from "./global-options.ts";
import { groups } from "./groups.ts";
import { reportFailure } from "./output/report-failure.ts";
import type { World } from "./world.ts";

/**
 * Runs one command line and returns its exit code. What fails is said on standard error.
 *
 * @param words the command line without the program's own name.
 */
export async function runProgram(words: readonly string[], world: World): Promise<number> {
  try {
    return await dispatch(words, world);
  } catch (error) {
    const { lines, exitCode } = reportFailure(error, words.includes("--json"), commandOf(words));
    for (const line of lines) {
      world.terminal.note(line);
    }
    return exitCode;
  }
}

async function dispatch(words: readonly string[], world: World): Promise<number> {
  if (words[0] === "__complete") {
    return await (await import("./completion/complete.ts")).complete(words.slice(1), world);
  }
  const given = words.length === 0 ? ["--help"] : words[0] === "--version" ? ["version"] : words;
  const help: string[] = [];
  let exitCode: number = exitCodeOfSuccess;
  const program = await buildProgram(
    given,
    (text) => help.push(text),
    async (spec, command) => {
      exitCode = (await spec.run(callOf(command, world))) ?? exitCodeOfSuccess;
    },
  );
  try {
    await program.parseAsync(given, { from: "user" });
  } catch (error) {
    exitCode = exitCodeOfParser(error);
  }
  const text = help.join("");
  if (exitCode === exitCodeOfSuccess) {
    await world.terminal.write(text);
  } else if (text !== "") {
    world.terminal.note(text.trimEnd());
  }
  return exitCode;
}

type Act = (spec: CommandSpec, command: Command) => Promise<void>;

/** The tree of commands; of the nouns only those that are named are imported. */
async function buildProgram(
  words: readonly string[],
  write: (text: string) => void,
  act: Act,
): Promise<Command> {
  const program = new Command("holdfast")
    .description("Act in a customer's clouds without ever holding the customer's keys.")
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: write, outputError: () => undefined })
    .configureHelp({ showGlobalOptions: true })
    .helpCommand(false)
    .addHelpText("after", overview);
  for (const option of globalOptions) {
    program.addOption(toOption(option));
  }
  for (const spec of topLevelCommands) {
    addCommand(program, spec, act);
  }
  program.commandsGroup("Nouns:");
  for (const group of groups) {
    await addGroup(program, group, words.includes(group.name), act);
  }
  return program;
}

const overview = `
Examples:
  holdfast dev
  holdfast runner create prod-runner --organization acme
  holdfast runner generate-credentials prod-runner --output-dir ./creds
  holdfast operation run kubernetes.pods.list --connection cluster --input namespace=default

Each noun has help of its own: holdfast runner --help. Exit codes and more: docs/cli.md.`;

async function addGroup(
  program: Command,
  group: GroupSpec,
  isNamed: boolean,
  act: Act,
): Promise<void> {
  const command = program.command(group.name).description(group.about);
  // The group heading of the program is meant for its own list.
  command.commandsGroup("Commands:").helpCommand(false);
  if (isNamed) {
    for (const spec of await group.load()) {
      addCommand(command, spec, act);
    }
  }
}

function addCommand(parent: Command, spec: CommandSpec, act: Act): void {
  const command = parent
    .command(spec.name)
    .summary(spec.about)
    .description(describe(spec))
    .addHelpText("after", `\nExamples:\n${spec.examples.map((line) => `  ${line}`).join("\n")}`);
  for (const argument of spec.arguments ?? []) {
    command.addArgument(toArgument(argument));
  }
  for (const option of spec.options ?? []) {
    command.addOption(toOption(option));
  }
  command.action(async () => await act(spec, command));
}

function describe({ about, details }: CommandSpec): string {
  const sentence = `${about.charAt(0).toUpperCase()}${about.slice(1)}.`;
  return details === undefined ? sentence : `${sentence}\n\n${details}`;
}

function toArgument({ name, about, choices }: ArgumentSpec): Argument {
  const argument = new Argument(name, about);
  return choices === undefined ? argument : argument.choices(choices);
}

function toOption({ flags, about, choices, repeatable }: OptionSpec): Option {
  const option = new Option(flags, repeatable === true ? `${about} (repeatable)` : about);
  if (choices !== undefined) {
    option.choices(choices);
  }
  if (repeatable === true) {
    option.argParser((value: string, before: readonly string[] | undefined) => [
      ...(before ?? []),
      value,
    ]);
  }
  return option;
}

function callOf(command: Command, world: World): Parameters<CommandSpec["run"]>[0] {
  return {
    options: new CommandOptions(command.optsWithGlobals()),
    arguments: command.args,
    world,
  };
}

/** What the parser ended with: help is no failure, everything else it says is one of usage. */
function exitCodeOfParser(error: unknown): number {
  if (!(error instanceof CommanderError)) {
    throw error;
  }
  if (error.code === "commander.helpDisplayed") {
    return exitCodeOfSuccess;
  }
  if (error.code === "commander.help") {
    return exitCodeOfKind.invalid;
  }
  const [message = "", ...hints] = error.message.replace(/^error: /, "").split("\n");
  const sentence = `${message.charAt(0).toUpperCase()}${message.slice(1)}`.replace(/\.?$/, ".");
  throw new Failure("cli.usage", [sentence, ...hints].join(" "));
}

/** The words that name a command, such as `runner create`, for the hint to its help. */
function commandOf(words: readonly string[]): string {
  const [first = "", second] = words.filter((word) => !word.startsWith("-"));
  if (topLevelCommands.some(({ name }) => name === first)) {
    return first;
  }
  if (!groups.some(({ name }) => name === first)) {
    return "";
  }
  return second === undefined ? first : `${first} ${second}`;
}
