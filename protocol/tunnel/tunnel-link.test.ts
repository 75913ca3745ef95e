import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { TestClock } from "../../test/support/test-clock.ts";
import { TestRandom } from "../../test/support/test-random.ts";
import type { Batch, Frame } from "../generated/holdfast/v1/tunnel_pb.ts";
import { BatchSchema } from "../generated/holdfast/v1/tunnel_pb.ts";
import { makeFrame } from "./frame.ts";
import { tunnelLimits, tunnelTimes } from "./limits.ts";
import { type LinkEnd, TunnelLink } from "./tunnel-link.ts";

/** A link over a transport that a test watches; writes end at once unless they are held. */
function open(isHeld = false) {
  const clock = new TestClock();
  const seen = {
    batches: [] as Batch[],
    frames: [] as Frame[],
    ends: [] as LinkEnd[],
    transport: [] as string[],
  };
  const link = new TunnelLink({
    transport: {
      write: (batch, done) => {
        seen.batches.push(batch);
        if (!isHeld) {
          done();
        }
      },
      end: () => seen.transport.push("end"),
      destroy: () => seen.transport.push("destroy"),
    },
    source: { next: () => undefined },
    clock,
    random: new TestRandom(),
    defer: setImmediate,
    onFrame: (frame) => seen.frames.push(frame),
    onEnd: (end) => seen.ends.push(end),
  });
  const sent = (): (string | undefined)[] =>
    seen.batches.flatMap((batch) => batch.frames.map(({ kind }) => kind.case));
  return { clock, link, seen, sent };
}

const batch = (...frames: Frame[]): Batch => create(BatchSchema, { frames });
const ping = makeFrame({ case: "ping", value: { id: 7 } });
const turn = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve));
const parting = { code: "shutdown", message: "It ends.", isPermanent: false };

test("a ping is answered, and is nobody else's business", async () => {
  const { link, seen, sent } = open();
  link.receive(batch(ping));
  await turn();
  expect([sent(), seen.frames]).toEqual([["pong"], []]);
});

test("a stream that just ends is a failure", () => {
  const { link, seen } = open();
  link.streamEnded();
  expect(seen.ends).toMatchObject([{ kind: "lost", code: "tunnel.broken", isOurs: false }]);
  expect(seen.transport).toEqual(["destroy"]);
});

test("a stream that ends after a goodbye is as it should be", () => {
  const { link, seen } = open();
  const goodbye = { code: "credentials.revoked", message: "Revoked.", permanent: true };
  link.receive(batch(makeFrame({ case: "goodbye", value: goodbye }), ping));
  link.streamEnded();
  expect(seen.ends).toEqual([
    {
      kind: "goodbye",
      code: "credentials.revoked",
      message: "Revoked.",
      isPermanent: true,
      isOurs: false,
    },
  ]);
});

test("our goodbye goes after what is queued, and the link ends once it has gone", async () => {
  const { link, seen, sent } = open();
  link.send(ping);
  const said = link.goodbye(parting);
  expect(seen.ends).toEqual([]);
  await said;
  await link.goodbye(parting);
  expect(sent()).toEqual(["ping", "goodbye"]);
  expect(seen.ends).toMatchObject([{ kind: "goodbye", code: "shutdown", isOurs: true }]);
  expect(seen.transport).toEqual(["end"]);
});

test("a goodbye that cannot be sent does not keep the connection", async () => {
  const { clock, link, seen } = open(true);
  link.send(ping);
  await turn();
  const said = link.goodbye(parting);
  await turn();
  await clock.advance(tunnelTimes.goodbyeMsMax);
  await said;
  expect([seen.ends.length, seen.transport]).toEqual([1, ["destroy"]]);
});

test("a tunnel that is cut ends at once, before what is queued, and takes nothing any more", async () => {
  const { clock, link, seen, sent } = open(true);
  link.send(ping);
  await turn();
  link.send(ping);
  link.cut({ code: "credentials.revoked", message: "Revoked.", isPermanent: true });
  expect(seen.ends).toMatchObject([{ code: "credentials.revoked", isPermanent: true }]);
  expect([sent(), seen.transport]).toEqual([["ping", "goodbye"], ["end"]]);
  link.receive(batch(makeFrame({ case: "drain", value: {} })));
  await turn();
  await clock.advance(tunnelTimes.cutMsMax);
  expect([seen.frames, sent().length, seen.transport]).toEqual([[], 2, ["end", "destroy"]]);
});

test("a dead peer is noticed within 15 s, and its connection is closed", async () => {
  const { clock, link, seen } = open();
  link.startLiveness(tunnelTimes.livenessIntervalMs);
  for (let ms = 0; ms < 15_000; ms += 500) {
    await clock.advance(500);
    await turn();
  }
  expect(seen.ends).toMatchObject([{ kind: "lost", code: "tunnel.liveness_lost", isOurs: true }]);
  await clock.advance(tunnelTimes.cutMsMax);
  expect(seen.transport.at(-1)).toBe("destroy");
});

test("a peer that asks without reading the answers ends the tunnel instead of filling the memory", async () => {
  const { link, seen } = open(true);
  link.receive(batch(ping));
  await turn();
  for (let count = 0; count <= tunnelLimits.queuedFramesMax; count += 1) {
    link.receive(batch(ping));
  }
  expect(seen.ends).toMatchObject([{ kind: "lost", code: "protocol.violated" }]);
});
