import { create, type DescMethod } from "@bufbuild/protobuf";
import {
  type ListCredentialsResponse,
  type ListRunnersResponse,
  RunnerConnectionState,
  RunnerService,
} from "@holdfast/protocol/generated/holdfast/v1/runner_pb.ts";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { openRunnerWorld, type RunnerWorld } from "../../../test/support/runner-world.ts";
import type { Organization } from "../../organizations/organization.ts";
import type { Runner } from "../../runners/runner.ts";
import type { CallContext } from "../handler.ts";
import { runnerHandlers } from "./runner-handlers.ts";

let world: RunnerWorld;
let runner: Runner;
beforeAll(async () => {
  world = await openRunnerWorld();
});
afterAll(async () => await world.close());
beforeEach(async () => {
  runner = await world.makeRunner();
});

/** Calls a handler as the pipeline does, after everything has been checked. */
async function answer<Response>(
  method: DescMethod,
  request: object,
  organization: Organization = world.organization,
): Promise<Response> {
  const handler = runnerHandlers(world.deps).find((each) => each.method === method);
  const context: CallContext = {
    caller: {
      kind: "service-account",
      serviceAccountId: "sa_admin",
      serviceAccountName: "admin",
      organizationId: organization.id,
      role: "administrator",
      apiKeyId: "key_1",
    },
    organization,
    signal: new AbortController().signal,
    correlationId: "cor_1",
  };
  const response = await handler?.unary?.(create(method.input, request as never) as never, context);
  return create(method.output, response as never) as Response;
}

const { method } = RunnerService;

const open = (generation = 1) =>
  world.deps.tunnels.open({
    organizationId: runner.organizationId,
    runnerId: runner.id,
    generation,
  });

const stateNow = async () => {
  const { runners } = await answer<ListRunnersResponse>(method.listRunners, {
    namePrefix: runner.name,
  });
  return runners.find(({ id }) => id === runner.id)?.connectionState;
};

test("every method of the service has one answer", () => {
  expect(runnerHandlers(world.deps).map((handler) => handler.method)).toEqual(
    RunnerService.methods,
  );
});

test("a runner is connected while a tunnel takes operations, draining while none does", async () => {
  expect(await stateNow()).toBe(RunnerConnectionState.DISCONNECTED);
  const [first, second] = [open(), open()];
  first.isDraining = true;
  expect(await stateNow()).toBe(RunnerConnectionState.CONNECTED);
  second.isDraining = true;
  expect(await stateNow()).toBe(RunnerConnectionState.DRAINING);
  world.deps.tunnels.close(first);
  world.deps.tunnels.close(second);
  expect(await stateNow()).toBe(RunnerConnectionState.DISCONNECTED);
});

test("only connected runners are listed on demand, none if there are none, and never another organization's", async () => {
  const request = { connectedOnly: true };
  const connected = async (organization?: Organization) =>
    (await answer<ListRunnersResponse>(method.listRunners, request, organization)).runners.map(
      ({ id }) => id,
    );
  expect(await connected()).toEqual([]);
  const tunnel = open();
  expect(await connected()).toEqual([runner.id]);
  expect(await connected(world.other)).toEqual([]);
  world.deps.tunnels.close(tunnel);
});

test("runners are listed page by page in the order of their names, each once", async () => {
  for (let count = 0; count < 5; count += 1) {
    await world.makeRunner(world.other);
  }
  const names: string[] = [];
  let token = "";
  do {
    const page = await answer<ListRunnersResponse>(
      method.listRunners,
      { page: { size: 2, token } },
      world.other,
    );
    expect(page.runners.length).toBeLessThanOrEqual(2);
    names.push(...page.runners.map(({ name }) => name));
    token = page.page?.nextToken ?? "";
  } while (token !== "");
  expect(names).toHaveLength(5);
  expect(names).toEqual([...new Set(names)].sort());
});

test("generations are listed without any secret, the newest first, with what became of them", async () => {
  for (const overlapSeconds of [undefined, 60, 0]) {
    await (overlapSeconds === undefined
      ? answer(method.generateCredentials, { runner: runner.id })
      : answer(method.regenerateCredentials, { runner: runner.id, overlapSeconds }));
  }
  const { credentials } = await answer<ListCredentialsResponse>(method.listCredentials, {
    runner: runner.name,
  });
  expect(credentials.map(({ generation }) => generation)).toEqual([3, 2, 1]);
  expect(credentials.map(({ revokedAt }) => revokedAt !== undefined)).toEqual([false, true, true]);
  expect(credentials[0]?.firstConnectedAt).toBeUndefined();
});

test("what may change of a runner and what was not given are told apart", async () => {
  await answer(method.updateRunner, { runner: runner.id, enabled: false });
  const found = await world.deps.storage.read.runners.find(runner.organizationId, runner.id);
  expect(found).toMatchObject({ isEnabled: false, description: runner.description });
});
