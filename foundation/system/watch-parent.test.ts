import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { watchParent } from "./watch-parent.ts";

test("the end of standard input means that the parent is gone, and is told once", async () => {
  const input = new PassThrough();
  let told = 0;
  watchParent(input, () => {
    told += 1;
  });
  input.write("what it says is not for us");
  expect(told).toBe(0);
  input.end();
  await closed(input);
  expect(told).toBe(1);
});

test("a pipe that breaks means it too", async () => {
  const input = new PassThrough();
  let told = 0;
  watchParent(input, () => {
    told += 1;
  });
  input.destroy(new Error("broken"));
  await closed(input);
  expect(told).toBe(1);
});

async function closed(input: PassThrough): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  input.once("close", resolve);
  await promise;
}
