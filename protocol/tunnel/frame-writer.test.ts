import fc from "fast-check";
import { expect, test } from "vitest";
import type { Batch, Frame } from "../generated/holdfast/v1/tunnel_pb.ts";
import { frameBytes, makeFrame } from "./frame.ts";
import { FrameWriter } from "./frame-writer.ts";
import { tunnelLimits } from "./limits.ts";

/** A writer whose turns and writes a test ends by hand. */
class Bench {
  readonly batches: Batch[] = [];
  readonly data: Frame[] = [];
  readonly #turns: (() => void)[] = [];
  #done: (() => void) | undefined;
  readonly writer = new FrameWriter({
    write: (batch, done) => {
      expect(this.#done).toBeUndefined();
      this.batches.push(batch);
      this.#done = done;
    },
    source: { next: () => this.data.shift() },
    defer: (run) => this.#turns.push(run),
  });

  endTurn(): void {
    for (const run of this.#turns.splice(0)) {
      run();
    }
  }

  endWrite(): void {
    const done = this.#done;
    this.#done = undefined;
    done?.();
  }

  settle(): void {
    for (let round = 0; round < 10_000 && (this.#turns.length > 0 || this.#done); round += 1) {
      this.endTurn();
      this.endWrite();
    }
  }

  get frames(): readonly Frame[] {
    return this.batches.flatMap((batch) => batch.frames);
  }
}

const ping = (id: number): Frame => makeFrame({ case: "ping", value: { id } });
const data = (stream: number, bytes: number): Frame =>
  makeFrame({ case: "data", value: { stream, chunk: new Uint8Array(bytes) } });

test("the frames of one turn of the event loop go out as one message", () => {
  const bench = new Bench();
  bench.writer.send(ping(1));
  bench.writer.send(ping(2));
  expect(bench.batches).toHaveLength(0);
  bench.endTurn();
  expect(bench.batches.map((batch) => batch.frames.length)).toEqual([2]);
});

test("one write is under way at a time, and what comes meanwhile goes out together after it", () => {
  const bench = new Bench();
  bench.writer.send(ping(1));
  bench.endTurn();
  for (let id = 2; id <= 100; id += 1) {
    bench.writer.send(ping(id));
    bench.endTurn();
  }
  expect(bench.batches).toHaveLength(1);
  bench.endWrite();
  bench.endTurn();
  expect(bench.batches.map((batch) => batch.frames.length)).toEqual([1, 99]);
});

test("every frame goes out once and in order, control before data, in batches of bounded size", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("control" as const) }),
    fc.record({ kind: fc.constant("data" as const), bytes: fc.integer({ min: 0, max: 16_384 }) }),
    fc.record({ kind: fc.constant("turn" as const) }),
    fc.record({ kind: fc.constant("written" as const) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const bench = new Bench();
      let controls = 0;
      let chunks = 0;
      for (const each of steps) {
        if (each.kind === "control") {
          controls += 1;
          bench.writer.send(ping(controls));
        } else if (each.kind === "data") {
          chunks += 1;
          bench.data.push(data(chunks, each.bytes));
          bench.writer.wake();
        } else if (each.kind === "turn") {
          bench.endTurn();
        } else {
          bench.endWrite();
        }
      }
      bench.settle();
      const ids = bench.frames.flatMap(({ kind }) => (kind.case === "ping" ? [kind.value.id] : []));
      const streams = bench.frames.flatMap(({ kind }) =>
        kind.case === "data" ? [kind.value.stream] : [],
      );
      expect(ids).toEqual(Array.from({ length: controls }, (_, index) => index + 1));
      expect(streams).toEqual(Array.from({ length: chunks }, (_, index) => index + 1));
      for (const batch of bench.batches) {
        const cases = batch.frames.map(({ kind }) => kind.case);
        expect(cases).toEqual([...cases].sort((a, b) => (a === b ? 0 : a === "ping" ? -1 : 1)));
        const bytes = batch.frames.reduce((sum, frame) => sum + frameBytes(frame), 0);
        expect(bytes).toBeLessThan(tunnelLimits.batchBytes + tunnelLimits.chunkBytesMax + 64);
      }
    }),
  );
});

test("a last frame goes after everything that is queued, and nothing after it", () => {
  const bench = new Bench();
  let wasSent = 0;
  bench.data.push(...Array.from({ length: 20 }, (_, index) => data(index, 16_384)));
  bench.writer.send(ping(1));
  bench.writer.finish(makeFrame({ case: "goodbye", value: { code: "shutdown" } }), () => {
    wasSent += 1;
  });
  bench.writer.send(ping(2));
  bench.settle();
  expect(bench.frames.length).toBe(22);
  expect(bench.frames.at(-1)?.kind.case).toBe("goodbye");
  expect(wasSent).toBe(1);
});

test("a writer that was stopped sends nothing any more", () => {
  const bench = new Bench();
  bench.writer.send(ping(1));
  bench.writer.stop();
  bench.settle();
  expect(bench.batches).toEqual([]);
});

test("what waits to be sent is bounded", () => {
  const bench = new Bench();
  bench.writer.send(ping(0));
  bench.endTurn();
  for (let id = 0; id < tunnelLimits.queuedFramesMax; id += 1) {
    expect(bench.writer.send(ping(id))).toBe(true);
  }
  expect(bench.writer.send(ping(0))).toBe(false);
});
