import { create } from "@bufbuild/protobuf";
import type { Connection } from "@holdfast/control-plane/connections/connection.ts";
import type { WatchedEvent } from "@holdfast/control-plane/operations/events/operation-event.ts";
import { LiveOperations } from "@holdfast/control-plane/operations/live/live-operations.ts";
import type { SealingContext } from "@holdfast/control-plane/operations/live/operation-work.ts";
import type { Operation } from "@holdfast/control-plane/operations/operation.ts";
import {
  type OperationLimits,
  operationLimits,
} from "@holdfast/control-plane/operations/operation-limits.ts";
import type { OperationRequest } from "@holdfast/control-plane/operations/operation-request.ts";
import { readOperation } from "@holdfast/control-plane/operations/read-operation.ts";
import {
  type OperationCallerContext,
  type RunOperationDeps,
  runOperation,
} from "@holdfast/control-plane/operations/run-operation.ts";
import { watchOperation } from "@holdfast/control-plane/operations/watch-operation.ts";
import type { Storage, Stores } from "@holdfast/control-plane/stores.ts";
import { silentLog } from "@holdfast/foundation/log.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import {
  AuthenticationMode,
  ConnectionSettingsSchema,
} from "@holdfast/protocol/generated/holdfast/v1/connection_pb.ts";
import { Provider } from "@holdfast/protocol/generated/holdfast/v1/options_pb.ts";
import { eventually } from "./eventually.ts";
import { type FakeExecution, type FakeTunnel, FakeTunnels } from "./fake-tunnels.ts";
import { TestClock } from "./test-clock.ts";
import { TestRandom } from "./test-random.ts";
import { openTestStorage } from "./test-storage.ts";

/** An id that a test can read: the prefix and a word, filled up to 22 digits. */
export function testId<Prefix extends string>(prefix: Prefix, word: string): `${Prefix}_${string}` {
  return `${prefix}_${word.padEnd(22, "0")}`;
}

/** What is sealed in a test, in clear: which key it was sealed to, what for, and what it was. */
export interface TestSealed {
  readonly publicKey: readonly number[];
  readonly context: SealingContext;
  readonly document: string;
}

/** The two organizations of a {@link OperationWorld}. */
export const acme: string = testId("org", "acme");
export const globex: string = testId("org", "globex");

/** Their runners. */
export const acmeRunner: string = testId("run", "acme");
export const globexRunner: string = testId("run", "globex");

/** Who calls. */
export const alice: OperationCallerContext = {
  organizationId: acme,
  serviceAccountId: testId("sa", "alice"),
  serviceAccountName: "alice",
};

/** Document of the connection `inline`. */
export const inlineDocument = "canary-kubeconfig";

/**
 * Operations of two organizations on the real store, with tunnels that a test opens.
 *
 * Organization acme has the runner `runner` and the connections `cluster` (delegated, Kubernetes),
 * `inline` (Kubernetes) and `state` (delegated, Pulumi); globex has a runner and the connection `cluster`.
 */
export class OperationWorld {
  readonly clock = new TestClock();
  readonly tunnels = new FakeTunnels();
  readonly storage: Storage;
  readonly deps: RunOperationDeps & { readonly read: Stores };
  readonly #close: () => Promise<void>;
  /** Whether `openCredentials` fails. */
  areCredentialsBroken = false;
  /** How many transactions were written. */
  transactions = 0;

  private constructor(
    opened: { readonly storage: Storage; close(): Promise<void> },
    limits: Partial<OperationLimits>,
  ) {
    this.#close = async () => await opened.close();
    this.storage = {
      read: opened.storage.read,
      write: async (work) => {
        this.transactions += 1;
        return await opened.storage.write(work);
      },
    };
    const { clock, tunnels, storage } = this;
    const all = { ...operationLimits, ...limits };
    const live = new LiveOperations({
      storage,
      tunnels,
      clock,
      log: silentLog,
      limits: all,
      openCredentials: async ({ sealedCredentials }) => {
        if (this.areCredentialsBroken) {
          throw new Error("canary-cause");
        }
        return await Promise.resolve(new Secret(new TextDecoder().decode(sealedCredentials)));
      },
      seal: async (publicKey, context, plaintext) => {
        const document = new TextDecoder().decode(plaintext);
        const sealed: TestSealed = { publicKey: [...publicKey], context, document };
        return await Promise.resolve(new TextEncoder().encode(JSON.stringify(sealed)));
      },
    });
    const random = new TestRandom();
    this.deps = { storage, read: storage.read, live, clock, random, limits: all };
  }

  static async open(limits: Partial<OperationLimits> = {}): Promise<OperationWorld> {
    const world = new OperationWorld(await openTestStorage(), limits);
    await world.#settle(acme, acmeRunner);
    await world.#settle(globex, globexRunner);
    world.transactions = 0;
    return world;
  }

  async close(): Promise<void> {
    await this.#close();
  }

  /** Opens a tunnel of acme's runner. */
  connect(): FakeTunnel {
    return this.tunnels.open({ organizationId: acme, runnerId: acmeRunner });
  }

  /** Begins an operation; `runner.describe` on acme's runner unless the request says otherwise. */
  async run(request: Partial<OperationRequest> = {}, caller = alice): Promise<string> {
    const isAboutRunner = request.kind === undefined;
    return await runOperation(this.deps, caller, {
      kind: "runner.describe",
      connection: "",
      runner: isAboutRunner ? acmeRunner : "",
      input: new Uint8Array(),
      deadlineMs: 0,
      waits: false,
      idempotencyKey: "",
      outputBytesMax: 0,
      ...request,
    });
  }

  /** The first operation in a tunnel, or the one with `index`, once it is there. */
  async arrival(tunnel: FakeTunnel, index = 0): Promise<FakeExecution> {
    return await eventually(() => tunnel.executions[index], `operation ${index}`);
  }

  async operation(operationId: string, organizationId = acme): Promise<Operation> {
    return await readOperation(this.deps, organizationId, operationId);
  }

  /** The operation once it is in this state on record. */
  async recorded(operationId: string, state: Operation["state"]): Promise<Operation> {
    return await eventually(async () => {
      const operation = await this.storage.read.operations.find(acme, operationId);
      return operation?.state === state && operation;
    }, state);
  }

  /** Everything that a watcher sees until the end. */
  async watch(
    operationId: string,
    options: { readonly offset?: number; readonly caller?: OperationCallerContext } = {},
  ): Promise<readonly WatchedEvent[]> {
    const events: WatchedEvent[] = [];
    for await (const event of this.watching(operationId, options)) {
      events.push(event);
    }
    return events;
  }

  /** A watcher that a test drives. */
  watching(
    operationId: string,
    options: {
      readonly offset?: number;
      readonly caller?: OperationCallerContext;
      readonly signal?: AbortSignal;
    } = {},
  ): AsyncGenerator<WatchedEvent, void, undefined> {
    const { organizationId, serviceAccountId } = options.caller ?? alice;
    return watchOperation(this.deps, {
      organizationId,
      operationId,
      offset: options.offset ?? 0,
      serviceAccountId,
      signal: options.signal ?? new AbortController().signal,
    });
  }

  /** What the audit says of an operation, the oldest first: `action by actor`. */
  async audit(operationId: string, organizationId = acme): Promise<readonly string[]> {
    const records = await this.storage.read.audit.export(organizationId, 0, 1_000);
    return records
      .filter(({ subject }) => subject === operationId)
      .map(({ action, actor }) => `${action} by ${actor}`);
  }

  async #settle(organizationId: string, runnerId: string): Promise<void> {
    const nowMs = this.clock.nowMs();
    const name = organizationId === acme ? "acme" : "globex";
    await this.storage.write(async (stores) => {
      await stores.organizations.insert({
        id: organizationId,
        name,
        displayName: name,
        createdAtMs: nowMs,
      });
      await stores.runners.insert({
        id: runnerId,
        organizationId,
        name: "runner",
        description: "",
        isEnabled: true,
        serviceAccountId: undefined,
        createdAtMs: nowMs,
        lastSeenAtMs: undefined,
      });
      const connections = [
        testConnection(organizationId, "cluster", { runnerId }),
        ...(organizationId === acme
          ? [
              testConnection(acme, "inline", { mode: AuthenticationMode.INLINE }),
              testConnection(acme, "state", { provider: Provider.PULUMI }),
            ]
          : []),
      ];
      for (const connection of connections) {
        await stores.connections.insert(connection);
      }
    });
  }
}

/** A connection; its inline credentials, if the mode has any, are {@link inlineDocument}. */
export function testConnection(
  organizationId: string,
  name: string,
  differences: Partial<Connection> = {},
): Connection {
  const mode = differences.mode ?? AuthenticationMode.RUNNER_DELEGATED;
  return {
    id: testId("con", `${name}${organizationId.slice(4, 10)}`),
    organizationId,
    name,
    description: "",
    provider: Provider.KUBERNETES,
    mode,
    runnerId: acmeRunner,
    settings: create(ConnectionSettingsSchema),
    sealedCredentials:
      mode === AuthenticationMode.INLINE ? new TextEncoder().encode(inlineDocument) : undefined,
    createdAtMs: 0,
    updatedAtMs: 0,
    ...differences,
  };
}
