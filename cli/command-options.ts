import { Failure } from "@holdfast/foundation/failure.ts";
import { parseDurationMs } from "./duration.ts";

/** The options of one call, read by their long names and with a type. */
export class CommandOptions {
  readonly #values: Readonly<Record<string, unknown>>;

  /** `values` by commander's names, such as `outputDir` for `--output-dir`. */
  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }

  /** The value of `--name`, if it was given. */
  text(name: string): string | undefined {
    const value = this.#value(name);
    return typeof value === "string" ? value : undefined;
  }

  /**
   * The value of `--name`.
   *
   * @throws {Failure} `cli.usage` if it was not given.
   */
  requiredText(name: string): string {
    const value = this.text(name);
    if (value === undefined) {
      throw new Failure("cli.usage", `The option --${name} is needed.`);
    }
    return value;
  }

  /** Whether `--name` was given. */
  flag(name: string): boolean {
    return this.#value(name) === true;
  }

  /** All values of a repeatable option, in order. */
  list(name: string): readonly string[] {
    const value = this.#value(name);
    return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
  }

  /**
   * A whole number of at least 0.
   *
   * @throws {Failure} `cli.usage` if it is none.
   */
  count(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) {
      return undefined;
    }
    if (!/^\d{1,15}$/.test(value)) {
      throw new Failure("cli.usage", `The option --${name} takes a whole number.`);
    }
    return Number(value);
  }

  /**
   * A duration such as `15m`, in milliseconds.
   *
   * @throws {Failure} `cli.usage` if it is none.
   */
  durationMs(name: string): number | undefined {
    const value = this.text(name);
    return value === undefined ? undefined : parseDurationMs(value, `--${name}`);
  }

  #value(name: string): unknown {
    return this.#values[name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())];
  }
}
