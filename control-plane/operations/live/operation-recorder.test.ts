import { silentLog } from "@holdfast/foundation/log.ts";
import { describeFailure } from "@holdfast/protocol/operations/operation-failure.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { acme, OperationWorld } from "../../../test/support/operation-world.ts";
import { advanceOperation } from "../operation-states.ts";
import { OperationRecorder } from "./operation-recorder.ts";

let world: OperationWorld;
beforeAll(async () => {
  world = await OperationWorld.open();
});
afterAll(async () => {
  await world.close();
});

async function openRecorder() {
  const id = await world.run({ waits: true });
  const { clock, deps } = world;
  const signal = new AbortController().signal;
  const recorder = new OperationRecorder({
    clock,
    log: silentLog,
    commit: deps.live.commit,
    signal,
  });
  const queued = await world.operation(id);
  const sent = advanceOperation(queued, { to: "sent", atMs: 1 });
  const failed = advanceOperation(sent, {
    to: "failed",
    atMs: 2,
    failure: describeFailure("runner.lost", "It is lost."),
  });
  recorder.add({ before: "queued", operation: sent, actor: "system", atMs: 1 });
  return { id, recorder, sent, failed };
}

test("what happens while a write waits goes along with it, in order", async () => {
  const { id, recorder, failed } = await openRecorder();
  world.transactions = 0;
  const recording = recorder.record();
  recorder.add({ before: "sent", operation: failed, actor: "system", atMs: 2 });
  await recording;
  expect([recorder.isEmpty, world.transactions]).toEqual([true, 1]);
  expect((await world.audit(id)).slice(1)).toEqual([
    "operation.sent by system",
    "operation.failed by system",
  ]);
});

test("a record that is gone, with its organization, is not written again and again", async () => {
  const { id, recorder } = await openRecorder();
  await world.storage.write(async ({ operations }) => await operations.delete(acme, id));
  await recorder.recordAtLast(id);
  expect(recorder.isEmpty).toBe(false);
  expect((await world.audit(id)).map((line) => line.split(" ")[0])).toEqual(["operation.queued"]);
});
