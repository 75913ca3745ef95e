import { expect, test } from "vitest";
import { problemsOf } from "../../test/support/argument-problems.ts";
import type { GcpX509TrustArgs } from "./gcp-x509-trust-args.ts";
import { readGcpX509TrustSettings } from "./gcp-x509-trust-settings.ts";

const certificate = "-----BEGIN CERTIFICATE-----\nQQ==\n-----END CERTIFICATE-----\n";
const key = "-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----\n";

const given: GcpX509TrustArgs = {
  poolId: "runners",
  trustAnchorsPem: [certificate],
  trustDomain: "acme.example",
  organizationId: "org_0123456789ABCDEFGHIJKL",
};

/** What is wrong, as `PATH REASON`. */
function problems(changes: Partial<GcpX509TrustArgs>): readonly string[] {
  return problemsOf((check) => readGcpX509TrustSettings({ ...given, ...changes }, check));
}

test("all problems are told at once", () => {
  const wrong = problems({
    project: "A",
    poolId: "gcp-runners",
    providerId: "abc",
    trustAnchorsPem: [],
    trustDomain: "Acme",
    organizationId: "org_1",
    runnerIds: ["run_1"],
  });
  expect(wrong.map((problem) => problem.split(" ")[0])).toEqual([
    "trustDomain",
    "organizationId",
    "runnerIds[0]",
    "project",
    "poolId",
    "providerId",
    "trustAnchorsPem",
  ]);
});

test("a trust anchor is one certificate, and a key beside it is neither taken nor repeated", () => {
  expect(problems({})).toEqual([]);
  for (const pem of [certificate + key, key, certificate + certificate, "canary"]) {
    const wrong = problems({ trustAnchorsPem: [pem] });
    expect(wrong).toEqual(["trustAnchorsPem[0] must be one certificate as PEM, and nothing else"]);
  }
});

test("there are 1 to 3 trust anchors and at most 10 intermediates", () => {
  const many = (count: number) => Array.from({ length: count }, () => certificate);
  expect(problems({ trustAnchorsPem: many(3), intermediatesPem: many(10) })).toEqual([]);
  expect(problems({ trustAnchorsPem: many(4), intermediatesPem: many(11) })).toHaveLength(2);
});

test("a list of runners that no condition has room for is refused, and no runners are not all runners", () => {
  const runners = (count: number) =>
    Array.from({ length: count }, (_, index) => `run_${String(index).padStart(22, "0")}`);
  expect(problems({ runnerIds: runners(30) })).toEqual([]);
  expect(problems({ runnerIds: runners(60) })).toHaveLength(1);
  expect(problems({ runnerIds: [] })).toHaveLength(1);
});

test("pool ids are 4 to 32 characters", () => {
  expect(problems({ poolId: "abc" })).toHaveLength(1);
  expect(problems({ poolId: "abcd" })).toEqual([]);
  expect(problems({ poolId: "a".repeat(32) })).toEqual([]);
  expect(problems({ poolId: "a".repeat(33) })).toHaveLength(1);
});
