import fc from "fast-check";
import { expect, test } from "vitest";
import type { Frame } from "../generated/holdfast/v1/tunnel_pb.ts";
import { IncomingData } from "./incoming-data.ts";
import { tunnelLimits } from "./limits.ts";
import { OutgoingData } from "./outgoing-data.ts";

const { creditBytes, chunkBytesMax, itemBytesMax } = tunnelLimits;
const item = (bytes: number, isLast = true) => ({
  chunk: new Uint8Array(bytes),
  isOutput: false,
  isLast,
});

/** Both ends of one operation; the consumer takes what it is told to. */
class Road {
  readonly outgoing = new OutgoingData(1, () => undefined);
  readonly incoming = new IncomingData(Number.MAX_SAFE_INTEGER);
  readonly delivered: number[] = [];
  untakenBytes = 0;

  constructor() {
    this.outgoing.open(1, creditBytes);
  }

  /** Lets everything through that may go. */
  run(): void {
    for (let frame = this.outgoing.next(); frame !== undefined; frame = this.outgoing.next()) {
      this.#receive(frame);
    }
  }

  take(bytes: number): void {
    const taken = Math.min(bytes, this.untakenBytes);
    this.untakenBytes -= taken;
    this.incoming.consumed(taken);
    this.outgoing.addCredit(1, this.incoming.takeGrant());
  }

  #receive({ kind }: Frame): void {
    if (kind.case !== "data") {
      return;
    }
    const received = this.incoming.add(kind.value);
    expect(received.kind).toMatch(/part|whole/);
    if (received.kind === "whole") {
      this.delivered.push(received.bytes.length);
      this.untakenBytes += received.bytes.length;
    }
    this.outgoing.addCredit(1, this.incoming.takeGrant());
  }
}

test("everything arrives whole and in order, whatever the consumer's pace, and it never stalls", () => {
  const sizes = fc.array(
    fc.oneof(fc.integer({ min: 0, max: 2_000 }), fc.integer({ min: 0, max: 1_500_000 })),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(sizes, fc.array(fc.integer({ min: 0, max: 400_000 })), (items, takes) => {
      const road = new Road();
      for (const size of items) {
        void road.outgoing.send(1, new Uint8Array(size), false);
      }
      for (const bytes of takes) {
        road.run();
        road.take(bytes);
      }
      for (let round = 0; round < 1_000 && road.delivered.length < items.length; round += 1) {
        road.run();
        road.take(road.untakenBytes);
      }
      expect(road.delivered).toEqual(items);
    }),
    { numRuns: 60 },
  );
});

test("a consumer that takes nothing holds no more than the credit, also of empty items", () => {
  for (const size of [0, 100, 10_000]) {
    const road = new Road();
    for (let count = 0; count < 20_000; count += 1) {
      void road.outgoing.send(1, new Uint8Array(size), false);
    }
    road.run();
    expect(road.untakenBytes).toBeLessThanOrEqual(creditBytes);
    expect(road.delivered.length).toBeLessThanOrEqual(creditBytes / tunnelLimits.chunkCostMin);
  }
});

test("credit goes back for what the consumer has taken, and not before", () => {
  const incoming = new IncomingData(Number.MAX_SAFE_INTEGER);
  for (let count = 0; count < 16; count += 1) {
    incoming.add(item(chunkBytesMax));
  }
  expect(incoming.takeGrant()).toBe(0);
  incoming.consumed(8 * chunkBytesMax - 1);
  expect(incoming.takeGrant()).toBe(0);
  incoming.consumed(1);
  expect(incoming.takeGrant()).toBe(8 * chunkBytesMax);
});

test.each([
  [
    "more than there is credit for",
    [...Array.from({ length: 32 }, () => item(chunkBytesMax)), item(1)],
  ],
  ["a chunk that is too large", [item(chunkBytesMax + 1)]],
  ["an output inside an item", [item(1, false), { ...item(1), isOutput: true }]],
  ["data after the output", [{ ...item(1), isOutput: true }, item(1)]],
])("a peer that sends %s breaks the protocol", (_what, parts) => {
  const incoming = new IncomingData(Number.MAX_SAFE_INTEGER);
  const kinds = parts.map((part) => incoming.add(part).kind);
  expect(kinds.at(-1)).toBe("violation");
  expect(kinds.slice(0, -1)).not.toContain("violation");
});

test("more than the operation may give is noticed with the first byte too many", () => {
  const incoming = new IncomingData(100);
  expect(incoming.add(item(100)).kind).toBe("whole");
  expect(incoming.add(item(1)).kind).toBe("too-large");
});

test("an item that grows beyond what may be put together is noticed before it is whole", () => {
  const incoming = new IncomingData(Number.MAX_SAFE_INTEGER);
  let bytes = 0;
  let kind: string = "part";
  while (kind === "part" && bytes < 2 * itemBytesMax) {
    kind = incoming.add(item(chunkBytesMax, false)).kind;
    incoming.takeGrant();
    bytes += chunkBytesMax;
  }
  expect([kind, bytes]).toEqual(["too-large", itemBytesMax + chunkBytesMax]);
});

test("a small item that waits for its consumer does not keep the message it came in alive", () => {
  const message = new Uint8Array(64 * 1024);
  const received = new IncomingData(1_000).add({ ...item(0), chunk: message.subarray(10, 20) });
  expect(received.kind === "whole" ? received.bytes.buffer.byteLength : 0).toBe(10);
});
