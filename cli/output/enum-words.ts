import { Failure } from "@holdfast/foundation/failure.ts";

/** An enum of the protocol, as protoc-gen-es writes it: names without their common prefix. */
type EnumValues = Readonly<Record<string, number>>;

/** The word for a value: `RUNNER_DELEGATED` reads `runner-delegated`; nothing for `UNSPECIFIED`. */
export function enumWord(values: EnumValues, value: number): string {
  const name = Object.entries(values).find(([, each]) => each === value)?.[0];
  return name === undefined ? String(value) : name === "UNSPECIFIED" ? "" : toWord(name);
}

/** All words of an enum. */
function enumWords(values: EnumValues): readonly string[] {
  return Object.keys(values)
    .filter((name) => name !== "UNSPECIFIED")
    .map(toWord);
}

/**
 * The value for a word.
 *
 * @param name what is read, for the message.
 * @throws {Failure} `cli.usage` if there is no such word.
 */
export function enumValue<Values extends EnumValues>(
  values: Values,
  word: string,
  name: string,
): Values[keyof Values] {
  for (const [key, value] of Object.entries(values)) {
    if (key !== "UNSPECIFIED" && toWord(key) === word) {
      // The entry comes from `values` itself.
      return value as Values[keyof Values];
    }
  }
  throw new Failure("cli.usage", `The value of ${name} is one of ${enumWords(values).join(", ")}.`);
}

function toWord(name: string): string {
  return name.toLowerCase().replaceAll("_", "-");
}
