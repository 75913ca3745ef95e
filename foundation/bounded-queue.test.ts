import fc from "fast-check";
import { expect, test } from "vitest";
import { BoundedQueue } from "./bounded-queue.ts";

test("a queue gives back what was put in, in order, and never holds more than its bound", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("push" as const), value: fc.integer() }),
    fc.record({ kind: fc.constant("shift" as const) }),
    fc.record({ kind: fc.constant("remove" as const), value: fc.integer({ min: 0, max: 5 }) }),
  );
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 8 }),
      fc.array(step, { maxLength: 100 }),
      (max, steps) => {
        const queue = new BoundedQueue<number>(max);
        const model: number[] = [];
        for (const each of steps) {
          if (each.kind === "push") {
            expect(queue.push(each.value)).toBe(model.length < max);
            if (model.length < max) {
              model.push(each.value);
            }
          } else if (each.kind === "shift") {
            expect(queue.shift()).toBe(model.shift());
          } else {
            const at = model.indexOf(each.value);
            expect(queue.remove((entry) => entry === each.value)).toBe(at >= 0);
            if (at >= 0) {
              model.splice(at, 1);
            }
          }
          expect(queue.size).toBe(model.length);
        }
      },
    ),
  );
});
