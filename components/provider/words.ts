import { assert, Failure } from "@holdfast/foundation/failure.ts";

/** The words that programs write for the values of an enumeration of the protocol. */
export interface Words {
  readonly words: readonly string[];
  /** The protocol's value of a word that has been checked. */
  readonly value: (word: string) => number;
  /**
   * The word of what the control plane says.
   *
   * @throws {Failure} `control_plane.internal` for a value that a newer control plane has invented.
   */
  readonly word: (value: number) => string;
}

/** Pairs each word with its value. */
export function wordsOf(pairs: readonly (readonly [string, number])[]): Words {
  const values = new Map(pairs);
  const words = new Map(pairs.map(([word, value]) => [value, word] as const));
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
