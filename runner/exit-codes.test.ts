import { expect, test } from "vitest";
import { exitCodeFor, exitCodeOfFailure, exitCodes } from "./exit-codes.ts";

test("each reason to end has an exit code of its own", () => {
  const all = [...Object.values(exitCodeOfFailure), ...Object.values(exitCodes)];
  expect(new Set(all).size).toBe(all.length);
  // 126 and more mean something to shells.
  expect(all.every((code) => code >= 0 && code < 126)).toBe(true);
});

test("a reason of a newer control plane ends the runner too, with the code for unknown reasons", () => {
  expect(exitCodeFor("certificate.expired")).toBe(25);
  expect(exitCodeFor("certificate.brand_new")).toBe(exitCodes.refused);
  expect(exitCodeFor("toString")).toBe(exitCodes.refused);
});
