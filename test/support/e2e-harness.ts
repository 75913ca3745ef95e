import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  create,
  type DescMessage,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { Client } from "@grpc/grpc-js";
import { Secret } from "@holdfast/foundation/secret.ts";
import { ConnectionService } from "@holdfast/protocol/generated/holdfast/v1/connection_pb.ts";
import {
  type Operation,
  type OperationEvent,
  OperationService,
  type RunOperationRequestSchema,
} from "@holdfast/protocol/generated/holdfast/v1/operation_pb.ts";
import {
  type RunnerDescribeOutput,
  RunnerDescribeOutputSchema,
} from "@holdfast/protocol/generated/holdfast/v1/operations_runner_pb.ts";
import { OrganizationService } from "@holdfast/protocol/generated/holdfast/v1/organization_pb.ts";
import { RunnerService } from "@holdfast/protocol/generated/holdfast/v1/runner_pb.ts";
import {
  type Role,
  ServiceAccountService,
} from "@holdfast/protocol/generated/holdfast/v1/service_account_pb.ts";
import { ApiClient } from "@holdfast/protocol/grpc/client.ts";
import { tlsChannel } from "@holdfast/protocol/grpc/tls-channel.ts";
import {
  type CredentialsDocument,
  credentialsFileSchema,
} from "@holdfast/protocol/identity/credentials-file.ts";
import { TestProcess } from "./child-process.ts";
import { eventually } from "./eventually.ts";

const root = join(import.meta.dirname, "../..");
const callMs = 20_000;
const messageBytesMax = 20 * 1024 * 1024;

/** An operation that has ended, as its caller saw it. */
export interface SeenOperation {
  readonly operation: Operation;
  readonly events: readonly OperationEvent[];
  /** The output in its binary form; empty if there was none. */
  readonly output: Uint8Array;
  readonly items: readonly Uint8Array[];
}

/** What a caller can do, with one API key. */
export class TestCaller {
  readonly api: ApiClient;

  constructor(endpoint: string, trustPem: string, apiKey: string | undefined) {
    const channel = tlsChannel(endpoint, { trustPem });
    this.api = new ApiClient(
      new Client(endpoint, channel.credentials, {
        "grpc.max_receive_message_length": messageBytesMax,
        // Callers of a test are strangers to each other: no shared connection.
        "grpc.use_local_subchannel_pool": 1,
        ...channel.options,
      }),
      apiKey === undefined ? undefined : new Secret(apiKey),
    );
  }

  /** Calls a unary method. */
  async call<I extends DescMethodUnary["input"], O extends DescMethodUnary["output"]>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
  ): Promise<MessageShape<O>> {
    return await this.api.call(method, request, { deadlineMs: callMs });
  }

  /** Runs an operation and watches it until it has ended. */
  async run(request: MessageInitShape<typeof RunOperationRequestSchema>): Promise<SeenOperation> {
    const events: OperationEvent[] = [];
    for await (const event of this.running(request)) {
      events.push(event);
    }
    return seen(events);
  }

  /** Runs an operation; leaving the loop leaves it running. */
  async *running(
    request: MessageInitShape<typeof RunOperationRequestSchema>,
  ): AsyncGenerator<OperationEvent, void, undefined> {
    const stream = this.api.stream(OperationService.method.runOperation, request, {
      deadlineMs: 120_000,
    });
    for await (const { event } of stream) {
      if (event !== undefined) {
        yield event;
      }
    }
  }

  /** Asks a runner who it is, through its tunnel. */
  async describe(organization: string, runner: string): Promise<RunnerDescribeOutput> {
    const { output, operation } = await this.run({
      organization,
      runner,
      kind: "runner.describe",
    });
    if (operation.failure !== undefined) {
      throw new Error(`${operation.failure.code}: ${operation.failure.message}`);
    }
    return fromBinary(RunnerDescribeOutputSchema, output);
  }

  close(): void {
    this.api.close();
  }
}

function seen(events: readonly OperationEvent[]): SeenOperation {
  const operation = events
    .flatMap(({ event }) => (event.case === "operation" ? [event.value] : []))
    .at(-1);
  if (operation === undefined) {
    throw new Error("an operation says how it ended");
  }
  return {
    operation,
    events,
    output:
      events.flatMap(({ event }) => (event.case === "output" ? [event.value] : [])).at(-1) ??
      new Uint8Array(),
    items: events.flatMap(({ event }) => (event.case === "item" ? [event.value] : [])),
  };
}

/** An input of an operation in its binary form. */
export function inputOf<Schema extends DescMessage>(
  schema: Schema,
  input: MessageInitShape<Schema>,
): Uint8Array {
  return toBinary(schema, create(schema, input));
}

/** A real control plane as a process, with its data in a folder of its own. */
export class TestInstallation {
  readonly directory: string;
  readonly dataDirectory: string;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #runners: TestProcess[] = [];
  readonly #callers: TestCaller[] = [];
  #controlPlane: TestProcess | undefined;
  #apiEndpoint = "";
  #tunnelEndpoint = "";
  #trustPem = "";
  #administrator: TestCaller | undefined;

  private constructor(directory: string, environment: Readonly<Record<string, string>>) {
    this.directory = directory;
    this.dataDirectory = join(directory, "control-plane");
    this.#environment = environment;
  }

  /** Starts a control plane on free ports, and waits until it serves. */
  static async open(environment: Readonly<Record<string, string>> = {}): Promise<TestInstallation> {
    const directory = await mkdtemp(join(tmpdir(), "holdfast-e2e-"));
    const installation = new TestInstallation(directory, environment);
    try {
      await installation.startControlPlane();
      return installation;
    } catch (error) {
      await installation.close();
      throw error;
    }
  }

  get controlPlane(): TestProcess {
    return present(this.#controlPlane, "the control plane");
  }

  get administrator(): TestCaller {
    return present(this.#administrator, "the administrator");
  }

  get apiEndpoint(): string {
    return this.#apiEndpoint;
  }

  get tunnelEndpoint(): string {
    return this.#tunnelEndpoint;
  }

  /** What the control plane's certificate is checked against. */
  get trustPem(): string {
    return this.#trustPem;
  }

  /** The control plane's own certificate, for another server on the same hosts. */
  async serverCertificate(): Promise<{
    readonly certificatePem: string;
    readonly privateKeyPem: string;
  }> {
    const folder = join(this.dataDirectory, "authority");
    return {
      certificatePem: await readFile(join(folder, "server.pem"), "utf8"),
      privateKeyPem: await readFile(join(folder, "server.key.pem"), "utf8"),
    };
  }

  /** Starts the control plane over the data that is there, on the ports that it had if it had any. */
  async startControlPlane(): Promise<void> {
    const portOf = (endpoint: string): string => /\d+$/.exec(endpoint)?.[0] ?? "0";
    const controlPlane = new TestProcess(join(root, "control-plane/main.ts"), {
      environment: {
        HOLDFAST_DATA_DIRECTORY: this.dataDirectory,
        HOLDFAST_TUNNEL_PORT: portOf(this.#tunnelEndpoint),
        HOLDFAST_API_PORT: portOf(this.#apiEndpoint),
        HOLDFAST_DRAIN_SECONDS: "2",
        ...this.#environment,
      },
    });
    this.#controlPlane = controlPlane;
    const ready = await eventually(() => {
      if (controlPlane.hasEnded) {
        throw new Error(`the control plane ended:\n${controlPlane.errors}`);
      }
      return controlPlane.log.find((line) => line["ready"] === true);
    }, "the control plane");
    const host = this.#environment["HOLDFAST_LISTEN_HOST"] ?? "127.0.0.1";
    this.#apiEndpoint = `${host}:${String(ready["apiPort"])}`;
    this.#tunnelEndpoint = `${host}:${String(ready["tunnelPort"])}`;
    this.#trustPem = await readFile(join(this.dataDirectory, "authority/root.pem"), "utf8");
    const key = await readFile(join(this.dataDirectory, "administrator-key"), "utf8");
    this.#administrator = this.caller(key.trim());
  }

  /** A caller with this API key, or with none. */
  caller(apiKey: string | undefined): TestCaller {
    const caller = new TestCaller(this.#apiEndpoint, this.#trustPem, apiKey);
    this.#callers.push(caller);
    return caller;
  }

  /** A service account of an organization with a role, as a caller. */
  async member(organization: string, name: string, role: Role): Promise<TestCaller> {
    const { method } = ServiceAccountService;
    await this.administrator.call(method.createServiceAccount, { organization, name, role });
    const { token } = await this.administrator.call(method.createApiKey, {
      organization,
      serviceAccount: name,
    });
    return this.caller(token);
  }

  /** Makes an organization; answers with its id. */
  async makeOrganization(name: string): Promise<string> {
    const { organization } = await this.administrator.call(
      OrganizationService.method.createOrganization,
      { name, displayName: name },
    );
    return present(organization, "the organization").id;
  }

  /** Registers a runner; answers with its id. */
  async makeRunner(organization: string, name: string): Promise<string> {
    const { runner } = await this.administrator.call(RunnerService.method.createRunner, {
      organization,
      name,
    });
    return present(runner, "the runner").id;
  }

  /** Generates credentials of a runner. */
  async generate(
    organization: string,
    runner: string,
    lifetimeSeconds = 0,
  ): Promise<CredentialsDocument> {
    const { credentialsFile } = await this.administrator.call(
      RunnerService.method.generateCredentials,
      { organization, runner, lifetimeSeconds },
    );
    return parse(credentialsFile);
  }

  /** Regenerates credentials of a runner; an overlap of 0 revokes the earlier ones at once. */
  async regenerate(
    organization: string,
    runner: string,
    overlapSeconds = 0,
  ): Promise<CredentialsDocument> {
    const { credentialsFile } = await this.administrator.call(
      RunnerService.method.regenerateCredentials,
      { organization, runner, overlapSeconds },
    );
    return parse(credentialsFile);
  }

  /** Writes a credentials file, as its owner would: mode 0600. Answers with its path. */
  async writeCredentials(document: CredentialsDocument, name: string): Promise<string> {
    const path = join(this.directory, `${name}.json`);
    await writeFile(path, `${JSON.stringify(document, null, 2)}\n`, { mode: 0o600 });
    return path;
  }

  /** Starts a runner process, and does not wait for anything. */
  startRunner(
    credentialsFile: string,
    environment: Readonly<Record<string, string>> = {},
  ): TestProcess {
    const runner = new TestProcess(join(root, "runner/main.ts"), {
      arguments: ["start"],
      environment: {
        HOLDFAST_CREDENTIALS_FILE: credentialsFile,
        HOLDFAST_STATE_DIR: `${credentialsFile}.state-${this.#runners.length}`,
        ...environment,
      },
    });
    this.#runners.push(runner);
    return runner;
  }

  /** Starts a runner with these credentials and waits until it accepts operations. */
  async connectRunner(
    document: CredentialsDocument,
    name: string,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<TestProcess> {
    const runner = this.startRunner(await this.writeCredentials(document, name), environment);
    await runner.logged("runner connected");
    return runner;
  }

  /** An organization with a runner that is connected, all named after `name`. */
  async settle(name: string): Promise<Settled> {
    const organizationId = await this.makeOrganization(name);
    const runnerId = await this.makeRunner(name, `${name}-runner`);
    const credentials = await this.generate(name, runnerId);
    const process = await this.connectRunner(credentials, name);
    return { organization: name, organizationId, runnerId, credentials, process };
  }

  /** Makes a connection of an organization. */
  async makeConnection(
    request: MessageInitShape<typeof ConnectionService.method.createConnection.input>,
  ): Promise<string> {
    const { connection } = await this.administrator.call(
      ConnectionService.method.createConnection,
      request,
    );
    return present(connection, "the connection").id;
  }

  /** Ends every process and removes every file. */
  async close(): Promise<void> {
    for (const caller of this.#callers) {
      caller.close();
    }
    // Whatever a test did to them, they end now.
    await Promise.all(this.#runners.map(async (runner) => await runner.stop("SIGKILL")));
    await this.#controlPlane?.stop("SIGKILL");
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** What {@link TestInstallation.settle} made. */
export interface Settled {
  readonly organization: string;
  readonly organizationId: string;
  readonly runnerId: string;
  readonly credentials: CredentialsDocument;
  readonly process: TestProcess;
}

function parse(text: string): CredentialsDocument {
  return credentialsFileSchema.parse(JSON.parse(text));
}

function present<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined) {
    throw new Error(`${what} is there`);
  }
  return value;
}
