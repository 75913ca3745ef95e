import { getCACertificates } from "node:tls";
import type {
  DescMethodServerStreaming,
  DescMethodUnary,
  MessageInitShape,
  MessageShape,
} from "@bufbuild/protobuf";
import { Client } from "@grpc/grpc-js";
import { Failure } from "@holdfast/foundation/failure.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import { ApiClient } from "@holdfast/protocol/grpc/client.ts";
import { tlsChannel } from "@holdfast/protocol/grpc/tls-channel.ts";
import type { CommandCall } from "../command.ts";
import type { Context } from "../context/context-file.ts";
import { type NamedContext, resolveContext } from "../context/resolve-context.ts";
import { readFileUpTo, readPrivateFile } from "../files/private-file.ts";

/** How long a unary call may take. */
const callMsMax = 30_000;
const certificateBytesMax = 1024 * 1024;
/** An answer can be one page of 500 objects, or 64 KiB of a value, or an item of an operation. */
const messageBytesMax = 32 * 1024 * 1024;

/** One command's way to the control plane. */
export class Session {
  readonly #client: ApiClient;
  readonly #named: NamedContext;
  readonly #givenOrganization: string | undefined;
  readonly #signal: AbortSignal;

  constructor(client: ApiClient, named: NamedContext, call: CommandCall) {
    this.#client = client;
    this.#named = named;
    this.#givenOrganization = call.options.text("organization");
    this.#signal = call.world.interrupts.signal;
  }

  /**
   * The organization that the command is about.
   *
   * @throws {Failure} `cli.usage` if neither the command nor its context names one.
   */
  get organization(): string {
    const organization = this.#givenOrganization ?? this.#named.context.organization;
    if (organization === undefined) {
      throw new Failure(
        "cli.usage",
        `No organization is named: add --organization, or choose one for good with \`holdfast context use ${this.#named.name} --organization NAME\`.`,
      );
    }
    return organization;
  }

  /** Makes a unary call; ends with the first Ctrl-C. */
  async call<I extends DescMethodUnary["input"], O extends DescMethodUnary["output"]>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
    deadlineMs: number = callMsMax,
  ): Promise<MessageShape<O>> {
    try {
      return await this.#client.call(method, request, { deadlineMs, signal: this.#signal });
    } catch (error) {
      throw this.#explain(error);
    }
  }

  /** Makes a server-streaming call; the caller's `signal` ends it. */
  async *stream<
    I extends DescMethodServerStreaming["input"],
    O extends DescMethodServerStreaming["output"],
  >(
    method: DescMethodServerStreaming<I, O>,
    request: MessageInitShape<I>,
    signal: AbortSignal = this.#signal,
  ): AsyncGenerator<MessageShape<O>, void, undefined> {
    try {
      yield* this.#client.stream(method, request, { deadlineMs: 0, signal });
    } catch (error) {
      throw this.#explain(error);
    }
  }

  /** Adds where we tried, which the failure itself cannot know. */
  #explain(error: unknown): unknown {
    if (this.#signal.aborted) {
      return this.#signal.reason;
    }
    if (!(error instanceof Failure) || error.code !== "control_plane.unavailable") {
      return error;
    }
    const { name, context } = this.#named;
    return new Failure(
      "control_plane.unavailable",
      `The control plane at ${context.endpoint} (context ${name}) cannot be reached.`,
      { cause: error.cause },
    );
  }
}

/** Opens the way to the control plane that the call is meant for, and closes it when the work is done. */
export async function withSession<Result>(
  call: CommandCall,
  work: (session: Session) => Promise<Result>,
): Promise<Result> {
  const named = await resolveContext(call);
  const client = await openClient(named.context);
  try {
    return await work(new Session(client, named, call));
  } finally {
    client.close();
  }
}

/** A client for a context: server TLS, and the API key of its file in each call. */
export async function openClient(context: Context): Promise<ApiClient> {
  const apiKey = new Secret((await readPrivateFile(context.apiKeyFile)).trim());
  return new ApiClient(await openChannel(context), apiKey);
}

/** A channel to the API listener of a context; without a certificate of its own, the system's authorities count. */
export async function openChannel({ endpoint, caCertificateFile }: Context): Promise<Client> {
  const trustPem =
    caCertificateFile === undefined
      ? getCACertificates("default").join("\n")
      : new TextDecoder().decode(await readFileUpTo(caCertificateFile, certificateBytesMax));
  const channel = tlsChannel(endpoint, { trustPem });
  return new Client(endpoint, channel.credentials, {
    ...channel.options,
    "grpc.max_receive_message_length": messageBytesMax,
  });
}
