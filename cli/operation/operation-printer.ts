import { type DescMessage, fromBinary, toJson } from "@bufbuild/protobuf";
import { Failure } from "@holdfast/foundation/failure.ts";
import {
  type Operation,
  OperationState,
} from "@holdfast/protocol/generated/holdfast/v1/operation_pb.ts";
import type { CatalogEntry } from "@holdfast/protocol/operations/catalog.ts";
import { failureFromMessage } from "@holdfast/protocol/operations/operation-failure.ts";
import type { CommandCall } from "../command.ts";
import { enumWord } from "../output/enum-words.ts";
import { formatJson, printOne } from "../output/print.ts";
import { whileWorking } from "../output/progress.ts";
import type { EventSink } from "./follow.ts";
import { operationView } from "./operations.ts";
import { type Showing, showingOf } from "./showing.ts";

/**
 * Prints what an operation gives, as it comes: results on standard output, what happens to it on standard
 * error. As JSON: the output as one document, or a line for each item of a stream.
 */
export class OperationPrinter implements EventSink {
  readonly #call: CommandCall;
  readonly #entry: CatalogEntry;
  readonly #showing: Showing;
  readonly #asJson: boolean;
  #progress: string;

  constructor(call: CommandCall, entry: CatalogEntry) {
    this.#call = call;
    this.#entry = entry;
    this.#showing = showingOf(entry.kind, call.world.clock);
    this.#asJson = call.options.flag("json");
    this.#progress = entry.kind;
  }

  readonly onOperation = async (operation: Operation): Promise<void> => {
    this.#progress = `${operation.kind} ${enumWord(OperationState, operation.state)}`;
  };

  readonly onItem = async (bytes: Uint8Array): Promise<void> => {
    const { terminal } = this.#call.world;
    if (this.#asJson) {
      await terminal.write(`${JSON.stringify(toPlain(this.#entry.method.output, bytes))}\n`);
      return;
    }
    const { text, progress } = this.#showing.item(bytes);
    this.#progress = progress;
    await terminal.write(text);
  };

  readonly onOutput = async (bytes: Uint8Array): Promise<void> => {
    const { terminal } = this.#call.world;
    await terminal.write(
      this.#asJson
        ? formatJson(toPlain(this.#entry.method.output, bytes))
        : this.#showing.output(bytes),
    );
  };

  readonly onNote = (line: string): void => {
    this.#call.world.terminal.note(line);
  };

  /** Does `work` while a terminal shows how it stands. */
  async whileShowing<Result>(work: () => Promise<Result>): Promise<Result> {
    return await whileWorking(this.#call.world, () => this.#progress, work);
  }

  /**
   * Says how it ended.
   *
   * @throws {Failure} why the operation did not succeed.
   */
  async finish(operation: Operation): Promise<void> {
    if (operation.failure !== undefined) {
      const { code, message } = failureFromMessage(operation.failure);
      throw new Failure(code, `${message} (${operation.id})`);
    }
    if (this.#call.options.flag("detach")) {
      await printOne(this.#call, operationView, operation);
    }
  }
}

function toPlain(schema: DescMessage, bytes: Uint8Array): unknown {
  return toJson(schema, fromBinary(schema, bytes), { alwaysEmitImplicit: true });
}
