import * as pulumi from "@pulumi/pulumi";

/** What is wrong with a value, as "must be ..."; undefined if nothing is. */
export type Rule<T> = (value: T) => string | undefined;

interface ArgumentProblem {
  readonly propertyPath: string;
  readonly reason: string;
}

/**
 * Checks the arguments of one component, all of them, before any resource is registered.
 *
 * What is known when the program runs is checked at once. What is an output is checked when it is known:
 * at preview it may not be, and then nothing is guessed. Values are repeated in messages only by `check`,
 * never by `checkSecret`.
 */
export class ArgumentCheck {
  readonly #component: string;
  readonly #problems: ArgumentProblem[] = [];

  /** @param component what the messages call it, such as `EcsRunner production`. */
  constructor(component: string) {
    this.#component = component;
  }

  /** The value, checked: now, or, if it is an output, before anything that depends on it is made. */
  check<T>(path: string, value: pulumi.Input<T>, rule: Rule<T>): pulumi.Input<T> {
    return this.#check(path, value, rule, (given) => `; given: ${JSON.stringify(given)}`);
  }

  /** As {@link check}; undefined if the value was left out. */
  checkOptional<T>(
    path: string,
    value: pulumi.Input<T> | undefined,
    rule: Rule<T>,
  ): pulumi.Input<T> | undefined {
    return value === undefined ? undefined : this.check(path, value, rule);
  }

  /** The values of a list, each checked. The list itself must be known when the program runs. */
  checkList<T>(
    path: string,
    values: readonly pulumi.Input<T>[] | undefined,
    rule: Rule<T>,
  ): readonly pulumi.Input<T>[] {
    this.checkPlain(path, values);
    return Array.isArray(values)
      ? values.map((value: pulumi.Input<T>, index) => this.check(`${path}[${index}]`, value, rule))
      : [];
  }

  /** As {@link check}, for a value that no message may repeat. */
  checkSecret(
    path: string,
    value: pulumi.Input<string>,
    rule: Rule<string>,
  ): pulumi.Output<string> {
    return pulumi.secret(this.#check(path, value, rule, () => ""));
  }

  /** A value that decides what is made, and so must be known when the program runs. */
  checkPlain<T>(path: string, value: T, rule: Rule<T> = () => undefined): void {
    if (pulumi.Output.isInstance(value) || value instanceof Promise) {
      this.report(path, "must be known when the program runs, and not be an output");
      return;
    }
    const reason = rule(value);
    if (reason !== undefined) {
      this.report(path, `${reason}; given: ${JSON.stringify(value)}`);
    }
  }

  /** Adds a problem that takes more than one argument to see. */
  report(path: string, reason: string): void {
    this.#problems.push({ propertyPath: path, reason });
  }

  /**
   * Ends the check of what is known.
   *
   * @throws {pulumi.InputPropertiesError} if anything is wrong, with all that is, each naming its property.
   */
  finish(): void {
    if (this.#problems.length > 0) {
      throw new pulumi.InputPropertiesError({
        message: describe(this.#component, this.#problems),
        errors: this.#problems,
      });
    }
  }

  #check<T>(
    path: string,
    value: pulumi.Input<T>,
    rule: Rule<T>,
    given: (value: unknown) => string,
  ): pulumi.Input<T> {
    if (pulumi.Output.isInstance(value) || value instanceof Promise) {
      const output = pulumi.output(value) as pulumi.Output<T>;
      return output.apply((known) => {
        const reason = rule(known);
        if (reason !== undefined) {
          const problem = { propertyPath: path, reason: `${reason}${given(known)}` };
          throw new pulumi.InputPropertiesError({
            message: describe(this.#component, [problem]),
            errors: [problem],
          });
        }
        return known;
      }) as pulumi.Output<T>;
    }
    const reason = rule(value as T);
    if (reason !== undefined) {
      this.report(path, `${reason}${given(value)}`);
    }
    return value;
  }
}

/** Whoever reads only the message, as in a program of its own, must find everything there. */
function describe(component: string, problems: readonly ArgumentProblem[]): string {
  const lines = problems.map(({ propertyPath, reason }) => `  ${propertyPath} ${reason}`);
  const count = problems.length === 1 ? "an argument is" : `${problems.length} arguments are`;
  return `${component}: ${count} wrong, and nothing was changed.\n${lines.join("\n")}`;
}
