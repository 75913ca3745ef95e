import { create, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { expect, test } from "vitest";
import { BatchSchema } from "../generated/holdfast/v1/tunnel_pb.ts";
import { encodeBatch } from "./encode-batch.ts";
import { type FrameContent, makeFrame } from "./frame.ts";

const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
const frame: fc.Arbitrary<FrameContent> = fc.oneof(
  fc.record({
    case: fc.constant("data" as const),
    value: fc.record({
      stream: fc.oneof(uint32, fc.integer({ min: 0, max: 300 })),
      chunk: fc.oneof(
        fc.uint8Array({ maxLength: 300 }),
        fc.integer({ min: 0, max: 40_000 }).map((size) => new Uint8Array(size).fill(7)),
      ),
      isOutput: fc.boolean(),
      isLast: fc.boolean(),
    }),
  }),
  fc.record({ case: fc.constant("ping" as const), value: fc.record({ id: uint32 }) }),
  fc.record({
    case: fc.constant("result" as const),
    value: fc.record({
      stream: uint32,
      outcome: fc.record({
        case: fc.constant("succeeded" as const),
        value: fc.record({ output: fc.uint8Array() }),
      }),
    }),
  }),
  fc.record({ case: fc.constant("goodbye" as const), value: fc.record({ code: fc.string() }) }),
);

test("a batch is encoded as the general encoder does, byte for byte", () => {
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 12 }), (frames) => {
      const batch = create(BatchSchema, { frames: frames.map((each) => makeFrame(each)) });
      expect(encodeBatch(batch).equals(toBinary(BatchSchema, batch))).toBe(true);
    }),
  );
});
