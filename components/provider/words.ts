import { assert, Failure } from "@holdfast/foundation/failure.ts";

/** The words that programs write for the values of an enumeration of the protocol. */
export interface Words<Value extends number> {
  readonly words: readonly string[];
  /** The protocol's value of a word that has been checked. */
  readonly value: (word: string) => Value;
  /**
   * The word of what the control plane says.
   *
   * @throws {Failure} `control_plane.internal` for a value that a newer control plane has invented.
   */
  readonly word: (value: number) => string;
}

/** Pairs each word with its value. */
export function wordsOf<Value extends number>(
  pairs: readonly (readonly [string, Value])[],
): Words<Value> {
  const values = new Map(pairs);
  const words = new Map<number, string>(pairs.map(([word, value]) => [value, word]));
  return {
    words: [...values.keys()],
    value: (word) => {
      const value = values.get(word);
      assert(value !== undefined, "the word has been checked to be one of them");
      return value;
    },
    word: (value) => {
      const word = words.get(value);
      if (word === undefined) {
        throw new Failure(
          "control_plane.internal",
          `The control plane says ${value}, which is none of ${[...values.keys()].join(", ")}; update the provider.`,
        );
      }
      return word;
    },
  };
}
