import {
  create,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import { type Client, type ClientReadableStream, Metadata, type ServiceError } from "@grpc/grpc-js";
import type { Secret } from "@holdfast/foundation/secret.ts";
import { fromServiceError } from "./failure-status.ts";
import { methodDefinition } from "./service-definition.ts";

/** How a call is made. */
export interface CallOptions {
  /** How long it may take, in milliseconds; 0 means as long as the stream lives. */
  readonly deadlineMs: number;
  /** Ends the call. */
  readonly signal?: AbortSignal;
}

/**
 * Calls methods of protobuf-es descriptions over one grpc-js channel.
 *
 * Every failure arrives as a {@link Failure}. The API key goes into the metadata of each call.
 */
export class ApiClient {
  readonly #client: Client;
  readonly #apiKey: Secret<string> | undefined;

  constructor(client: Client, apiKey: Secret<string> | undefined) {
    this.#client = client;
    this.#apiKey = apiKey;
  }

  /** Makes a unary call. */
  async call<I extends DescMethodUnary["input"], O extends DescMethodUnary["output"]>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
    options: CallOptions,
  ): Promise<MessageShape<O>> {
    const definition = methodDefinition(method);
    const { promise, resolve, reject } = Promise.withResolvers<MessageShape<O>>();
    const call = this.#client.makeUnaryRequest(
      definition.path,
      definition.requestSerialize,
      definition.responseDeserialize,
      create(method.input, request),
      this.#metadata(),
      deadline(options),
      (error, response) => {
        if (error !== null) {
          reject(fromServiceError(error));
          return;
        }
        // The description's deserializer made it, so it has the shape that the description says.
        resolve(response as MessageShape<O>);
      },
    );
    return await withSignal(promise, options.signal, () => call.cancel());
  }

  /** Makes a server-streaming call; leaving the loop ends it. */
  async *stream<
    I extends DescMethodServerStreaming["input"],
    O extends DescMethodServerStreaming["output"],
  >(
    method: DescMethodServerStreaming<I, O>,
    request: MessageInitShape<I>,
    options: CallOptions,
  ): AsyncGenerator<MessageShape<O>, void, undefined> {
    const definition = methodDefinition(method);
    const call: ClientReadableStream<object> = this.#client.makeServerStreamRequest(
      definition.path,
      definition.requestSerialize,
      definition.responseDeserialize,
      create(method.input, request),
      this.#metadata(),
      deadline(options),
    );
    const abort = (): void => call.cancel();
    options.signal?.addEventListener("abort", abort, { once: true });
    try {
      for await (const message of call) {
        yield message as MessageShape<O>;
      }
    } catch (error) {
      throw isServiceError(error) ? fromServiceError(error) : error;
    } finally {
      options.signal?.removeEventListener("abort", abort);
      call.cancel();
    }
  }

  /** Ends the channel. */
  close(): void {
    this.#client.close();
  }

  #metadata(): Metadata {
    const metadata = new Metadata();
    if (this.#apiKey !== undefined) {
      metadata.set("authorization", `Bearer ${this.#apiKey.expose()}`);
    }
    return metadata;
  }
}

function deadline(options: CallOptions): { deadline?: Date } {
  // grpc-js takes a moment of the machine's own clock, so it is made here, in the one adapter.
  return options.deadlineMs === 0 ? {} : { deadline: new Date(Date.now() + options.deadlineMs) };
}

async function withSignal<Value>(
  promise: Promise<Value>,
  signal: AbortSignal | undefined,
  cancel: () => void,
): Promise<Value> {
  signal?.addEventListener("abort", cancel, { once: true });
  try {
    return await promise;
  } finally {
    signal?.removeEventListener("abort", cancel);
  }
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && "code" in error && "metadata" in error;
}
