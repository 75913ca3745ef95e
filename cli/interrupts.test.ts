import { expect, test } from "vitest";
import { InterruptCounter } from "./interrupts.ts";

function record() {
  const calls: string[] = [];
  const interrupts = new InterruptCounter(() => calls.push("end"));
  interrupts.signal.addEventListener("abort", () => calls.push("abort"));
  return { calls, interrupts };
}

test("the first Ctrl-C goes to who has taken it, the second ends the process", () => {
  const { calls, interrupts } = record();
  interrupts.take(() => calls.push("cancel"));
  interrupts.interrupt(0);
  interrupts.interrupt(1_000);
  expect(calls).toEqual(["cancel", "end"]);
});

test("without anybody to take it the first Ctrl-C aborts the command", () => {
  const { calls, interrupts } = record();
  const release = interrupts.take(() => calls.push("cancel"));
  release();
  interrupts.interrupt(0);
  expect(calls).toEqual(["abort"]);
});

test("one press that arrives three times counts once", () => {
  const { calls, interrupts } = record();
  for (const nowMs of [0, 5, 40]) {
    interrupts.interrupt(nowMs);
  }
  expect(calls).toEqual(["abort"]);
});
