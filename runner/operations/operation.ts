import {
  create,
  type DescMessage,
  type DescMethod,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  fromBinary,
  getOption,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { Failure, type FieldProblem } from "@holdfast/foundation/failure.ts";
import type { Log } from "@holdfast/foundation/log.ts";
import type { Secret } from "@holdfast/foundation/secret.ts";
import type { AuthenticationMode } from "@holdfast/protocol/generated/holdfast/v1/connection_pb.ts";
import type { Reference } from "@holdfast/protocol/generated/holdfast/v1/failure_pb.ts";
import { operation } from "@holdfast/protocol/generated/holdfast/v1/options_pb.ts";
import type { OpenConnection } from "@holdfast/protocol/generated/holdfast/v1/tunnel_pb.ts";
import type { RunnerOperation } from "../tunnel/tunnel-client.ts";
import { hasUnknownFields } from "./unknown-fields.ts";

/** Reads values that the control plane keeps, at the moment of use. */
export interface References {
  /**
   * Values in the order of `references`. Literals never leave the runner.
   *
   * @throws {Failure} as the control plane refuses, such as `secret.not_found`.
   */
  resolve(references: readonly Reference[], signal: AbortSignal): Promise<readonly ResolvedValue[]>;
}

/** What a reference points at. */
export interface ResolvedValue {
  readonly value: Secret<string>;
  /** Whether it came from a secret and must be masked wherever it turns up. */
  readonly isSecret: boolean;
}

/** What an operation may use while it runs. All of it ends with the operation. */
export interface OperationContext {
  /** `op_` and 22 base-62 digits. */
  readonly operationId: string;
  /** Undefined for kinds that need none. */
  readonly connection: OpenConnection | undefined;
  readonly references: References;
  /** Aborts at the deadline, at a cancel, or when nobody is left to answer; the reason is a Failure. */
  readonly signal: AbortSignal;
  readonly log: Log;
  /**
   * Opens the inline credentials that came sealed with the operation.
   *
   * @throws {Failure} `cloud.credentials_invalid` if they were not sealed to this runner.
   */
  openCredentials(): Promise<Secret<string>>;
}

/** What the tunnel that an operation came through lends to it. */
export interface OperationServices {
  references(operationId: string): References;
  /** @throws {Failure} `cloud.credentials_invalid` if they were not sealed to this runner and operation. */
  openCredentials(operation: RunnerOperation): Promise<Secret<string>>;
}

/** Where an operation's messages go, in binary form. Each promise waits for credit. */
export interface OperationOutput {
  item(bytes: Uint8Array): Promise<void>;
  output(bytes: Uint8Array): Promise<void>;
}

/** One kind of operation, as the executor sees it. */
export interface OperationHandler {
  /** Name in the catalog. */
  readonly kind: string;
  /** Modes of connections that it can use; empty for kinds without a connection. */
  readonly modes: readonly AuthenticationMode[];
  /** Decodes, checks and performs. @throws {Failure} for everything that the world did. */
  run(input: Uint8Array, context: OperationContext, output: OperationOutput): Promise<void>;
}

/** What one operation with one output is made of. */
export interface UnaryDefinition<I extends DescMessage, O extends DescMessage> {
  readonly modes?: readonly AuthenticationMode[];
  /** All that is wrong with an input, at once. */
  check(input: MessageShape<I>): readonly FieldProblem[];
  execute(input: MessageShape<I>, context: OperationContext): Promise<MessageInitShape<O>>;
}

/** What one operation with a stream of items is made of. */
export interface StreamDefinition<I extends DescMessage, O extends DescMessage> {
  readonly modes?: readonly AuthenticationMode[];
  /** All that is wrong with an input, at once. */
  check(input: MessageShape<I>): readonly FieldProblem[];
  execute(input: MessageShape<I>, context: OperationContext): AsyncIterable<MessageInitShape<O>>;
}

/** An operation of the catalog that answers with one output. */
export function unaryOperation<I extends DescMessage, O extends DescMessage>(
  method: DescMethodUnary<I, O>,
  definition: UnaryDefinition<I, O>,
): OperationHandler {
  return {
    kind: kindOf(method),
    modes: definition.modes ?? [],
    run: async (bytes, context, output) => {
      const input = decode(method.input, bytes, (message) => definition.check(message));
      const answer = await definition.execute(input, context);
      await output.output(toBinary(method.output, create(method.output, answer)));
    },
  };
}

/** An operation of the catalog that answers with a stream of items. */
export function streamOperation<I extends DescMessage, O extends DescMessage>(
  method: DescMethodServerStreaming<I, O>,
  definition: StreamDefinition<I, O>,
): OperationHandler {
  return {
    kind: kindOf(method),
    modes: definition.modes ?? [],
    run: async (bytes, context, output) => {
      const input = decode(method.input, bytes, (message) => definition.check(message));
      for await (const item of definition.execute(input, context)) {
        await output.item(toBinary(method.output, create(method.output, item)));
      }
    },
  };
}

/** Says all that is wrong with an input in one sentence; values are never repeated. */
function inputInvalid(problems: readonly FieldProblem[]): Failure {
  const list = problems.map(({ field, problem }) => `${field} ${problem}`).join("; ");
  return new Failure("operation.input_invalid", `The input is wrong: ${list}.`, {
    fields: problems,
  });
}

function kindOf(method: DescMethod): string {
  return getOption(method, operation).name;
}

function decode<I extends DescMessage>(
  schema: I,
  bytes: Uint8Array,
  check: (message: MessageShape<I>) => readonly FieldProblem[],
): MessageShape<I> {
  const input = parse(schema, bytes);
  if (hasUnknownFields(input)) {
    throw new Failure(
      "operation.unsupported",
      "The input has fields that this version of the runner does not know.",
    );
  }
  const problems = check(input);
  if (problems.length > 0) {
    throw inputInvalid(problems);
  }
  return input;
}

function parse<I extends DescMessage>(schema: I, bytes: Uint8Array): MessageShape<I> {
  try {
    return fromBinary(schema, bytes);
  } catch (cause) {
    throw malformed(schema, cause);
  }
}

function malformed(schema: DescMessage, cause: unknown): Failure {
  return new Failure("operation.input_invalid", `The input is not a ${schema.name}.`, { cause });
}
