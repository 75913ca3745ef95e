import { Failure } from "@holdfast/foundation/failure.ts";
import { type FailureCode, failureCatalog } from "@holdfast/foundation/failure-catalog.ts";
import { expect, test } from "vitest";
import { exitCodeOfKind } from "../exit-codes.ts";
import { reportFailure } from "./report-failure.ts";

test("a failure says what, why and what next", () => {
  const cause = Object.assign(new Error("14 UNAVAILABLE: x"), {
    details: "connect ECONNREFUSED 127.0.0.1:1",
  });
  const failure = new Failure("control_plane.unavailable", "The control plane cannot be reached.", {
    cause,
    retryAfterMs: 1_200,
  });
  expect(reportFailure(failure, false, "runner list")).toEqual({
    lines: [
      "error: The control plane cannot be reached.",
      "  why:  connect ECONNREFUSED 127.0.0.1:1",
      "  next: Try again; if it lasts, look at the control plane's log.",
      "  wait: 2 s",
      "  code: control_plane.unavailable",
    ],
    exitCode: 10,
  });
});

test("every wrong field is named", () => {
  const failure = new Failure("request.invalid", "The request is wrong.", {
    fields: [{ field: "name", problem: "must not be empty" }],
  });
  expect(reportFailure(failure, false, "").lines).toContain("  - name: must not be empty");
});

test("a usage error points at the help of its own command", () => {
  const { lines, exitCode } = reportFailure(
    new Failure("cli.usage", "No."),
    false,
    "runner create",
  );
  expect(lines).toContain("  next: See `holdfast runner create --help`.");
  expect(exitCode).toBe(2);
});

test("with --json a failure is one line that a program can read", () => {
  const { lines } = reportFailure(new Failure("runner.not_found", "There is none."), true, "");
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({
    error: { code: "runner.not_found", kind: "missing", mender: "caller" },
  });
});

test("a secret that slipped into a message is not shown", () => {
  const key = "hf_0123456789ABCDEFGHIJKL_abcdefghijklmnopqrstuvwxyz";
  for (const asJson of [true, false]) {
    const { lines } = reportFailure(new Failure("cli.usage", `Not ${key}.`), asJson, "");
    expect(lines.join()).not.toContain(key);
  }
  expect(reportFailure(new Error(`Not ${key}.`), false, "").lines.join()).not.toContain(key);
});

test("every failure has the exit code of its kind, and no kind shares one", () => {
  for (const code of Object.keys(failureCatalog) as FailureCode[]) {
    const { exitCode } = reportFailure(new Failure(code, "No."), false, "");
    expect(exitCode).toBe(exitCodeOfKind[failureCatalog[code].kind]);
  }
  expect(new Set(Object.values(exitCodeOfKind)).size).toBe(Object.keys(exitCodeOfKind).length);
});
