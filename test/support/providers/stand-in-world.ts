import { PartialFailure, type StandInObject, type Values } from "./stand-in-provider.ts";

/** One call of the engine that does or would do something. */
export interface StandInCall {
  readonly method: "create" | "read" | "update" | "delete" | "invoke";
  readonly token: string;
  /** "" of a function. */
  readonly urn: string;
  /** Logical name in the program; "" of a function. */
  readonly name: string;
  /** Known from the second call on; "" before. */
  readonly id: string;
  /** Secrets unwrapped. Of a deletion: what it was made from. */
  readonly inputs: Values;
  readonly isPreview: boolean;
  /** Configuration of the provider instance that was called. */
  readonly configuration: Values;
}

/** Which calls are to fail. */
export type CallPredicate = (call: StandInCall) => boolean;

/** How an injected failure happens. */
export interface InjectedFailure {
  /** How many matching calls fail. Default: 1. */
  readonly times?: number;
  /** Whether the object is made or changed before the call fails, as when a wait for readiness ends. Default: false. */
  readonly isPartial?: boolean;
}

interface Plan {
  readonly predicate: CallPredicate;
  readonly message: string;
  readonly isPartial: boolean;
  left: number;
}

/** What exists in the "cloud", what was called, and what is to fail. */
export class StandInWorld {
  readonly #objects: StandInObject[] = [];
  readonly #calls: StandInCall[] = [];
  readonly #plans: Plan[] = [];

  get objects(): readonly StandInObject[] {
    return this.#objects;
  }

  get calls(): readonly StandInCall[] {
    return this.#calls;
  }

  forgetCalls(): void {
    this.#calls.length = 0;
  }

  planFailure(predicate: CallPredicate, message: string, how: InjectedFailure): void {
    this.#plans.push({
      predicate,
      message,
      isPartial: how.isPartial ?? false,
      left: how.times ?? 1,
    });
  }

  /** Records a call. Throws if it is to fail; answers with the message of a partial failure to come. */
  record(call: StandInCall): string | undefined {
    this.#calls.push(call);
    const plan = call.isPreview
      ? undefined
      : this.#plans.find(({ left, predicate }) => left > 0 && predicate(call));
    if (plan === undefined) {
      return undefined;
    }
    plan.left -= 1;
    if (!plan.isPartial) {
      throw new Error(plan.message);
    }
    return plan.message;
  }

  /** Keeps an object that was made. Throws if there is one already, as most clouds do. */
  add(object: StandInObject, mayExist: boolean): void {
    if (this.find(object) !== undefined) {
      if (!mayExist) {
        throw new Error(`${object.token} ${object.id} exists already`);
      }
      this.remove(object);
    }
    this.#objects.push(object);
  }

  replace(object: StandInObject): void {
    const found = this.find(object);
    if (found === undefined) {
      throw new Error(`${object.token} ${object.id} does not exist`);
    }
    this.#objects[this.#objects.indexOf(found)] = object;
  }

  remove(which: Pick<StandInObject, "token" | "id" | "configuration">): void {
    const found = this.find(which);
    if (found !== undefined) {
      this.#objects.splice(this.#objects.indexOf(found), 1);
    }
  }

  /** The object with an id, as this instance of the provider sees it: accounts and regions are apart. */
  find({
    token,
    id,
    configuration,
  }: Pick<StandInObject, "token" | "id" | "configuration">): StandInObject | undefined {
    const place = JSON.stringify(configuration);
    return this.#objects.find(
      (object) =>
        object.token === token &&
        object.id === id &&
        JSON.stringify(object.configuration) === place,
    );
  }
}

/** Ends a call that did its work but must fail. */
export function endPartially(message: string | undefined, id: string, outputs: Values): void {
  if (message !== undefined) {
    throw new PartialFailure(message, { id, outputs });
  }
}
