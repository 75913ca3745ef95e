import type { ArgumentSpec, CommandSpec, GroupSpec, NameSource, OptionSpec } from "../command.ts";

/** One thing that can stand where the cursor is. */
export interface Candidate {
  readonly word: string;
  readonly about: string;
}

/** What can be completed: words that are known here, names that the control plane knows, or files. */
export type Completion =
  | { readonly kind: "words"; readonly candidates: readonly Candidate[] }
  | { readonly kind: "names"; readonly source: NameSource }
  | { readonly kind: "files" };

/** Everything that there is to complete. */
export interface Grammar {
  readonly groups: readonly GroupSpec[];
  readonly commands: readonly CommandSpec[];
  readonly globalOptions: readonly OptionSpec[];
}

const nothing: Completion = { kind: "words", candidates: [] };

/**
 * What can stand in place of the last word, which may be empty or begun.
 *
 * @param words what was typed after the program's name.
 */
export async function completionFor(
  words: readonly string[],
  grammar: Grammar,
): Promise<Completion> {
  const current = words.at(-1) ?? "";
  const earlier = words.slice(0, -1);
  const found = await findCommand(earlier, grammar);
  const options = [...(found.spec?.options ?? []), ...grammar.globalOptions];
  const valueOfOption = optionOf(earlier.at(-1) ?? "", options);
  if (valueOfOption !== undefined) {
    return completionOfValue(valueOfOption, valueNameOf(valueOfOption.flags) ?? "");
  }
  if (current.startsWith("-")) {
    return { kind: "words", candidates: options.map(candidateOfOption) };
  }
  if (found.spec === undefined) {
    return { kind: "words", candidates: found.below };
  }
  const argument = found.spec.arguments?.[found.argumentCount];
  return argument === undefined ? nothing : completionOfValue(argument, argument.name);
}

interface Found {
  readonly spec: CommandSpec | undefined;
  /** What can follow where no command is named yet. */
  readonly below: readonly Candidate[];
  /** Arguments that are there already. */
  readonly argumentCount: number;
}

async function findCommand(words: readonly string[], grammar: Grammar): Promise<Found> {
  const plain = withoutOptions(words, grammar.globalOptions);
  const [first, second, ...rest] = plain;
  const top = grammar.commands.find(({ name }) => name === first);
  if (top !== undefined) {
    return { spec: top, below: [], argumentCount: argumentsOf(words, top, grammar) - 1 };
  }
  const group = grammar.groups.find(({ name }) => name === first);
  if (group === undefined) {
    const below = [...grammar.commands, ...grammar.groups].map(candidateOf);
    return { spec: undefined, below: first === undefined ? below : [], argumentCount: 0 };
  }
  const commands = await group.load();
  const spec = commands.find(({ name }) => name === second);
  if (spec === undefined) {
    const below = second === undefined && rest.length === 0 ? commands.map(candidateOf) : [];
    return { spec: undefined, below, argumentCount: 0 };
  }
  return { spec, below: [], argumentCount: argumentsOf(words, spec, grammar) - 2 };
}

function argumentsOf(words: readonly string[], spec: CommandSpec, grammar: Grammar): number {
  return withoutOptions(words, [...(spec.options ?? []), ...grammar.globalOptions]).length;
}

/** The words that are neither options nor their values. */
function withoutOptions(
  words: readonly string[],
  options: readonly OptionSpec[],
): readonly string[] {
  return words.filter(
    (word, index) =>
      !word.startsWith("-") && optionOf(words[index - 1] ?? "", options) === undefined,
  );
}

/** The option that a word names, if it takes a value. */
function optionOf(word: string, options: readonly OptionSpec[]): OptionSpec | undefined {
  return options.find(
    ({ flags }) => valueNameOf(flags) !== undefined && flags.split(" ")[0] === word,
  );
}

function valueNameOf(flags: string): string | undefined {
  return flags.split(" ")[1];
}

function completionOfValue(spec: OptionSpec | ArgumentSpec, valueName: string): Completion {
  if (spec.choices !== undefined) {
    return { kind: "words", candidates: spec.choices.map((word) => ({ word, about: "" })) };
  }
  if (spec.names !== undefined) {
    return { kind: "names", source: spec.names };
  }
  return /^[<[](file|folder)/.test(valueName) ? { kind: "files" } : nothing;
}

function candidateOf({
  name,
  about,
}: {
  readonly name: string;
  readonly about: string;
}): Candidate {
  return { word: name, about };
}

function candidateOfOption({ flags, about }: OptionSpec): Candidate {
  return { word: flags.split(" ")[0] ?? "", about };
}
