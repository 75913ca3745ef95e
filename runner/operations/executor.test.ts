import { create, toBinary } from "@bufbuild/protobuf";
import { Failure } from "@holdfast/foundation/failure.ts";
import { silentLog } from "@holdfast/foundation/log.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import { AuthenticationMode } from "@holdfast/protocol/generated/holdfast/v1/connection_pb.ts";
import {
  KubernetesPodsGetInputSchema,
  KubernetesPodsListInputSchema,
} from "@holdfast/protocol/generated/holdfast/v1/operations_kubernetes_pb.ts";
import { Provider } from "@holdfast/protocol/generated/holdfast/v1/options_pb.ts";
import {
  OpenConnectionSchema,
  OperationCallerSchema,
} from "@holdfast/protocol/generated/holdfast/v1/tunnel_pb.ts";
import { expect, test } from "vitest";
import { TestClock } from "../../test/support/test-clock.ts";
import { parsePolicy } from "../policy/parse-policy.ts";
import type { OperationSink, RunnerOperation } from "../tunnel/tunnel-client.ts";
import { stopMsMax } from "./execution.ts";
import { Executor } from "./executor.ts";
import { podsGet } from "./kubernetes/pods-get.ts";
import type { OperationContext, OperationHandler, OperationServices } from "./operation.ts";
import { recentOperationsMax, rememberMs } from "./recent-operations.ts";

const services: OperationServices = {
  references: () => ({ resolve: async () => await Promise.resolve([]) }),
  openCredentials: async () => await Promise.resolve(new Secret("canary")),
};

/** A sink that keeps what it was told. */
class TestSink implements OperationSink {
  readonly told: string[] = [];
  readonly ended = Promise.withResolvers<string>();
  started(): void {
    this.told.push("started");
  }
  async item(bytes: Uint8Array): Promise<void> {
    this.told.push(`item ${bytes.byteLength}`);
    await Promise.resolve();
  }
  async output(bytes: Uint8Array): Promise<void> {
    this.told.push(`output ${new TextDecoder().decode(bytes)}`);
    await Promise.resolve();
  }
  succeeded(): void {
    this.#end("succeeded");
  }
  failed(failure: Failure): void {
    this.#end(`failed ${failure.code}: ${failure.message}`);
  }
  canceled(failure: Failure): void {
    this.#end(`canceled ${failure.code}`);
  }
  #end(text: string): void {
    this.told.push(text);
    this.ended.resolve(text);
  }
}

/** A handler of `kubernetes.pods.list` that does what the test says, and counts its runs. */
class TestHandler implements OperationHandler {
  readonly kind = "kubernetes.pods.list";
  readonly modes = [AuthenticationMode.RUNNER_DELEGATED, AuthenticationMode.INLINE];
  readonly contexts: OperationContext[] = [];
  work: (context: OperationContext) => Promise<Uint8Array> = async () =>
    await Promise.resolve(new TextEncoder().encode("done"));

  async run(
    _input: Uint8Array,
    context: OperationContext,
    output: Parameters<OperationHandler["run"]>[2],
  ): Promise<void> {
    this.contexts.push(context);
    await output.output(await this.work(context));
  }
}

const allowAll = "version: 1\nrules: [{name: all, decision: allow, operations: ['*']}]";

class World {
  readonly clock = new TestClock();
  readonly handler = new TestHandler();
  readonly executor: Executor;
  #count = 0;

  constructor(policy = allowAll, operationsMax = 2) {
    this.executor = new Executor({
      handlers: [this.handler, podsGet({ identityFolder: "/none", host: undefined, port: "1" })],
      policy: parsePolicy(policy, "test"),
      clock: this.clock,
      log: silentLog,
      operationsMax,
    });
  }

  run(changes: Partial<RunnerOperation> = {}): TestSink {
    this.#count += 1;
    const sink = new TestSink();
    const operation: RunnerOperation = {
      operationId: `op_${this.#count}`,
      kind: "kubernetes.pods.list",
      input: toBinary(KubernetesPodsListInputSchema, create(KubernetesPodsListInputSchema)),
      connection: create(OpenConnectionSchema, {
        id: "con_1",
        name: "cluster",
        provider: Provider.KUBERNETES,
        mode: AuthenticationMode.RUNNER_DELEGATED,
      }),
      sealedCredentials: undefined,
      deadlineMs: 60_000,
      outputBytesMax: 1_000,
      caller: create(OperationCallerSchema, { serviceAccountName: "ci" }),
      signal: new AbortController().signal,
      ...changes,
    };
    this.executor.execute(operation, sink, services);
    return sink;
  }
}

/** Work that lasts until it is told to stop. */
async function untilStopped({ signal }: OperationContext): Promise<Uint8Array> {
  await new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  throw signal.reason;
}

test("an operation is started, answers and succeeds, in this order", async () => {
  const sink = new World().run();
  await sink.ended.promise;
  expect(sink.told).toEqual(["started", "output done", "succeeded"]);
});

test("an operation that was repeated is answered as the first time, and not executed twice", async () => {
  const world = new World();
  const first = world.run({ operationId: "op_same" });
  await first.ended.promise;
  const second = world.run({ operationId: "op_same" });
  await second.ended.promise;
  expect(second.told).toEqual(first.told);
  expect(world.handler.contexts.length).toBe(1);
});

test("a repeated operation that still runs, or whose output is no longer kept, is refused", async () => {
  const world = new World();
  world.handler.work = untilStopped;
  const stop = new AbortController();
  const first = world.run({ operationId: "op_same", signal: stop.signal });
  const second = world.run({ operationId: "op_same" });
  expect(second.told[0]).toContain("failed operation.repeated");
  stop.abort(new Failure("operation.canceled", "Stopped."));
  await first.ended.promise;
  world.handler.work = async () => await Promise.resolve(new Uint8Array(100_000));
  await world.run({ operationId: "op_large" }).ended.promise;
  expect(world.run({ operationId: "op_large" }).told[0]).toContain("operation.repeated");
});

test("operations are remembered for a bounded time and in bounded number", async () => {
  const world = new World();
  await world.run({ operationId: "op_old" }).ended.promise;
  await world.clock.advance(rememberMs + 1);
  await world.run({ operationId: "op_old" }).ended.promise;
  expect(world.handler.contexts.length).toBe(2);
  for (let index = 0; index < recentOperationsMax + 1; index += 1) {
    await world.run({ operationId: `op_many${index}` }).ended.promise;
  }
  await world.run({ operationId: "op_many0" }).ended.promise;
  expect(world.handler.contexts.length).toBe(2 + recentOperationsMax + 2);
});

test("a cancel stops an operation, which ends with the reason of the cancel", async () => {
  const world = new World();
  world.handler.work = untilStopped;
  const stop = new AbortController();
  const sink = world.run({ signal: stop.signal });
  stop.abort(new Failure("operation.canceled", "Stopped."));
  expect(await sink.ended.promise).toBe("canceled operation.canceled");
  expect(world.executor.running).toBe(0);
});

test("whatever an operation throws once it was told to stop, the reason to stop is what is told", async () => {
  const world = new World();
  world.handler.work = async (context) => {
    await untilStopped(context).catch(() => undefined);
    throw new Error("canary");
  };
  const stop = new AbortController();
  const sink = world.run({ signal: stop.signal });
  stop.abort(new Failure("operation.expired", "Too late."));
  expect(await sink.ended.promise).toBe("failed operation.expired: Too late.");
});

test("an operation that does not stop is answered for after a bounded time", async () => {
  const world = new World();
  world.handler.work = async () => await new Promise(() => undefined);
  const stop = new AbortController();
  const sink = world.run({ signal: stop.signal });
  stop.abort(new Failure("operation.canceled", "Stopped."));
  await world.clock.advance(stopMsMax - 1);
  expect(sink.told).toEqual(["started"]);
  await world.clock.advance(1);
  expect(await sink.ended.promise).toBe("canceled operation.canceled");
});

test("an error inside the runner tells the caller nothing of itself", async () => {
  const world = new World();
  world.handler.work = async () => await Promise.reject(new Error("canary"));
  const told = await world.run().ended.promise;
  expect(told).toContain("failed operation.not_performed");
  expect(told).not.toContain("canary");
});

test("a secret in what a cloud says does not leave the runner", async () => {
  const world = new World();
  world.handler.work = async () =>
    await Promise.reject(new Failure("cloud.failed", "It says: Bearer canary-canary."));
  expect(await world.run().ended.promise).not.toContain("canary");
});

test("more operations than allowed at once are refused, and the next is taken when one has ended", async () => {
  const world = new World(allowAll, 2);
  world.handler.work = untilStopped;
  const stop = new AbortController();
  const first = world.run({ signal: stop.signal });
  world.run();
  expect(world.run().told[0]).toContain("failed runner.queue_full");
  stop.abort(new Failure("operation.canceled", "Stopped."));
  await first.ended.promise;
  expect(world.run().told).toEqual(["started"]);
});

test("what the policy refuses never starts, and the refusal names the rule", () => {
  const policy = `version: 1
rules:
  - {name: all, decision: allow, operations: ["*"]}
  - {name: hands-off, decision: deny, operations: ["kubernetes.*"], connections: [cluster]}`;
  const world = new World(policy);
  const { told } = world.run();
  expect(told).toEqual([
    "failed policy.refused: The runner's policy refuses `kubernetes.pods.list`: the rule `hands-off` denies it.",
  ]);
  expect(world.handler.contexts).toEqual([]);
});

test("only operations of the catalog that the runner knows are executed", () => {
  const world = new World();
  for (const kind of ["shell.run", "pulumi.up", "toString"]) {
    expect(world.run({ kind }).told[0]).toContain("failed operation.unsupported");
  }
});

test("a connection of one mode never falls back to another", () => {
  const world = new World();
  const connection = (mode: AuthenticationMode, provider: Provider = Provider.KUBERNETES) =>
    create(OpenConnectionSchema, { name: "cluster", provider, mode });
  const sealedCredentials = new Uint8Array(10);
  const told = (changes: Partial<RunnerOperation>): string => world.run(changes).told[0] ?? "";
  const { INLINE, RUNNER_DELEGATED, CROSS_ACCOUNT_TRUST, UNSPECIFIED } = AuthenticationMode;
  expect(told({ connection: connection(INLINE) })).toContain("protocol.violated");
  expect(told({ connection: connection(INLINE), sealedCredentials: new Uint8Array() })).toContain(
    "protocol.violated",
  );
  expect(told({ connection: connection(RUNNER_DELEGATED), sealedCredentials })).toContain(
    "protocol.violated",
  );
  for (const mode of [CROSS_ACCOUNT_TRUST, UNSPECIFIED]) {
    expect(told({ connection: connection(mode) })).toContain("operation.mode_unsupported");
  }
  expect(told({ connection: undefined })).toContain("connection.wrong_provider");
  expect(told({ connection: connection(RUNNER_DELEGATED, Provider.AWS) })).toContain(
    "connection.wrong_provider",
  );
  expect(world.handler.contexts).toEqual([]);
});

test("all problems of an input are named at once", async () => {
  const input = create(KubernetesPodsGetInputSchema, { namespace: "No", name: "" });
  const bytes = toBinary(KubernetesPodsGetInputSchema, input);
  const told = await new World().run({ kind: "kubernetes.pods.get", input: bytes }).ended.promise;
  expect(told).toBe(
    "failed operation.input_invalid: The input is wrong: namespace must be the name of a namespace; name must be the name of a pod.",
  );
});

test("an input that is no message, or has fields that the runner does not know, is refused", async () => {
  const world = new World();
  const run = async (input: Uint8Array): Promise<string> =>
    await world.run({ kind: "kubernetes.pods.get", input }).ended.promise;
  expect(await run(new Uint8Array([0xff]))).toContain("operation.input_invalid");
  // Field 15, a number that no version of the message has.
  expect(await run(new Uint8Array([0x78, 0x01]))).toContain("operation.unsupported");
});

test("a draining runner refuses new operations and waits for those that run", async () => {
  const world = new World();
  const gate = Promise.withResolvers<Uint8Array>();
  world.handler.work = async () => await gate.promise;
  const running = world.run();
  const drained = world.executor.drain(new AbortController().signal, new AbortController().signal);
  expect(world.run().told[0]).toContain("failed runner.draining");
  gate.resolve(new Uint8Array());
  expect(await drained).toBe(true);
  expect(await running.ended.promise).toBe("succeeded");
});

test("what has not ended when the time to drain is over is cut, and told why", async () => {
  const world = new World();
  world.handler.work = untilStopped;
  const running = world.run();
  const late = new AbortController();
  const drained = world.executor.drain(late.signal, new AbortController().signal);
  late.abort();
  expect(await drained).toBe(false);
  expect(await running.ended.promise).toContain("failed runner.draining");
});

test("a runner that is forced waits for nothing", async () => {
  const world = new World();
  world.handler.work = async () => await new Promise(() => undefined);
  world.run();
  const force = AbortSignal.abort();
  expect(await world.executor.drain(force, force)).toBe(false);
});
