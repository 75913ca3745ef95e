import { inspect } from "node:util";

const mask = "[secret]";

/**
 * A value that must not reach a log line, an error message or a JSON body.
 *
 * Printing one gives `[secret]` in every way JavaScript can print: `toString`, template strings, JSON,
 * `util.inspect`, errors. A structured clone has none of it, because private fields are not cloned.
 * The only way out is {@link Secret.expose}, so that every use can be found by name.
 */
export class Secret<Value> {
  readonly #value: Value;

  constructor(value: Value) {
    this.#value = value;
  }

  /** The value itself. `test/architecture` lists the files that may call this. */
  expose(): Value {
    return this.#value;
  }

  toString(): string {
    return mask;
  }

  toJSON(): string {
    return mask;
  }

  get [Symbol.toStringTag](): string {
    return mask;
  }

  [Symbol.toPrimitive](): string {
    return mask;
  }

  [inspect.custom](): string {
    return mask;
  }
}
