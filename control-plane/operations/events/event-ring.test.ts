import fc from "fast-check";
import { expect, test } from "vitest";
import { EventRing } from "./event-ring.ts";

test("a ring keeps what was not dropped, by the offset that it got, whatever is done in whatever order", () => {
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ push: fc.integer({ min: 0, max: 100 }) }) },
    { weight: 2, arbitrary: fc.constant("drop" as const) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const ring = new EventRing<number>();
      const all: number[] = [];
      let dropped = 0;
      for (const each of steps) {
        if (each === "drop") {
          expect(ring.dropFirst()).toBe(all[dropped] ?? 0);
          dropped = Math.min(dropped + 1, all.length);
        } else {
          ring.push(each.push, each.push);
          all.push(each.push);
        }
        expect([ring.firstOffset, ring.nextOffset]).toEqual([dropped, all.length]);
        expect(ring.bytes).toBe(all.slice(dropped).reduce((sum, bytes) => sum + bytes, 0));
      }
      for (let offset = -1; offset <= all.length; offset += 1) {
        expect(ring.at(offset)).toBe(offset < dropped ? undefined : all[offset]);
      }
    }),
  );
});
