import { expect, test } from "vitest";
import { problemsOf } from "../../test/support/argument-problems.ts";
import { GcpGrantMode } from "./gcp-grant-mode.ts";
import type { GcpTargetGrantArgs } from "./gcp-target-grant-args.ts";
import { readGcpTargetGrantSettings } from "./gcp-target-grant-settings.ts";

const given: GcpTargetGrantArgs = {
  project: "acme-target",
  principal: "serviceAccount:runner@acme-runners.iam.gserviceaccount.com",
  roles: { view: { role: "roles/compute.viewer" } },
};

/** What is wrong, as `PATH REASON`. */
function problems(changes: Partial<GcpTargetGrantArgs>): readonly string[] {
  return problemsOf((check) =>
    readGcpTargetGrantSettings("deploy", { ...given, ...changes }, check),
  );
}

test("all problems are told at once", () => {
  const wrong = problems({
    project: "A",
    principal: "user:me@example.com",
    mode: GcpGrantMode.Direct,
    serviceAccountEmail: "a@acme-target.iam.gserviceaccount.com",
    roles: { View: { role: "viewer", conditionTitle: "x" } },
    operations: ["pulumi.everything"],
    stateBucket: "B",
    statePrefix: "a'b",
  });
  expect(wrong.map((problem) => problem.split(" ")[0])).toEqual([
    "serviceAccountEmail",
    "project",
    "principal",
    "roles.View",
    "roles.View.conditionTitle",
    "roles.View.role",
    "operations",
    "stateBucket",
    "statePrefix",
  ]);
});

const pool = "principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p";

test.each([
  ["serviceAccount:runner@acme-runners.iam.gserviceaccount.com", true],
  [`${pool}.svc.id.goog/subject/ns/runners/sa/production`, true],
  [`${pool.replace("principal:", "principalSet:")}/attribute.organization/org_1`, true],
  [`${pool.replace("principal:", "principalSet:")}/*`, false],
  ["allUsers", false],
  ["allAuthenticatedUsers", false],
  ["user:me@example.com", false],
  ["group:everybody@example.com", false],
  ["domain:example.com", false],
])("a grant to %s is taken: %s", (principal, isTaken) => {
  expect(problems({ principal })).toHaveLength(isTaken ? 0 : 1);
});

test.each(["owner", "editor", "viewer"])(
  "the basic role %s must be asked for by its danger",
  (role) => {
    const roles = { all: { role: `roles/${role}` } };
    expect(problems({ roles })).toEqual([expect.stringContaining("unsafeBasicRoles")]);
    expect(problems({ roles, unsafeBasicRoles: true })).toEqual([]);
  },
);

test("a grant of nothing is refused, and so are operations that need nothing here", () => {
  expect(problems({ roles: {} })).toHaveLength(1);
  expect(problems({ operations: ["pulumi.up"] })).toEqual([
    "stateBucket must be given, because operations and stateBucket go together",
  ]);
  expect(problems({ operations: ["kubernetes.pods.list"], stateBucket: "acme-state" })).toEqual([
    "operations must name one that needs a right on the state, or be left out",
  ]);
  expect(
    problems({ roles: undefined, operations: ["pulumi.up"], stateBucket: "acme-state" }),
  ).toEqual([]);
});
