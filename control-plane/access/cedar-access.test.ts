import fc from "fast-check";
import { expect, test } from "vitest";
import type { Role, ServiceAccount } from "../service-accounts/service-account.ts";
import type { AccessResource } from "./access.ts";
import type { Caller } from "./caller.ts";
import { makeAccess } from "./cedar-access.ts";

const access = makeAccess();

const account = (
  role: Role | undefined,
  organizationId: string | undefined = "org_own",
): Caller => ({
  kind: "service-account",
  serviceAccountId: "sa_1",
  serviceAccountName: "deploy",
  organizationId,
  role,
  apiKeyId: "key_1",
});

const installation: Caller = {
  kind: "service-account",
  serviceAccountId: "sa_0",
  serviceAccountName: "administrator",
  organizationId: undefined,
  role: undefined,
  apiKeyId: "key_0",
};

const runner: Caller = {
  kind: "runner",
  serviceAccountId: "sa_2",
  organizationId: "org_own",
  runnerId: "run_1",
  generation: 1,
  apiKeyId: "key_2",
};

const denied = (reason: string) => ({ isAllowed: false, reason });
const allowed = { isAllowed: true };

test("a viewer of an organization is a viewer of its secrets and variables, and of nothing of any other", () => {
  for (const caller of [account("viewer"), runner]) {
    for (const kind of ["secret", "variable"] as const) {
      const on = (organizationId: string): AccessResource => ({ kind, organizationId, id: "x" });
      expect(access.checkOn(caller, "accessSecret", on("org_own"))).toEqual(allowed);
      expect(access.checkOn(caller, "accessSecret", on("org_other"))).toEqual(denied("wall"));
    }
  }
});

test("a viewer changes nothing, an operator only runs and cancels, an administrator does both", () => {
  const may = (role: Role) =>
    ["viewRunner", "runOperation", "cancelOperation", "createRunner", "manageSecret"].filter(
      (action) => access.check(account(role), action, "org_own").isAllowed,
    );
  expect(may("viewer")).toEqual(["viewRunner"]);
  expect(may("operator")).toEqual(["viewRunner", "runOperation", "cancelOperation"]);
  expect(may("administrator")).toHaveLength(5);
});

test("nobody of an organization may do anything in another one, whatever the role and the action", () => {
  const actions = [...access.actions];
  fc.assert(
    fc.property(
      fc.constantFrom<Caller>(
        account("viewer"),
        account("operator"),
        account("administrator"),
        runner,
      ),
      fc.constantFrom(...actions),
      fc.string({ minLength: 1 }).filter((id) => id !== "org_own"),
      (caller, action, organizationId) => {
        expect(access.check(caller, action, organizationId).isAllowed).toBe(false);
      },
    ),
  );
});

test("an administrator of an organization is none of the installation, and the other way round is", () => {
  expect(access.check(account("administrator"), "createOrganization", undefined)).toEqual(
    denied("wall"),
  );
  expect(access.check(installation, "createOrganization", undefined)).toEqual(allowed);
  expect(access.check(installation, "manageSecret", "org_own")).toEqual(allowed);
});

test("only a runner opens a tunnel, and a runner does nothing that changes something", () => {
  expect(access.check(runner, "openTunnel", "org_own")).toEqual(allowed);
  expect(access.check(runner, "openTunnel", "org_other")).toEqual(denied("wall"));
  expect(access.check(installation, "openTunnel", "org_own")).toEqual(denied("not-applicable"));
  for (const action of ["runOperation", "createRunner", "generateCredentials", "manageSecret"]) {
    expect(access.check(runner, action, "org_own")).toEqual(denied("not-applicable"));
  }
});

test("a caller that has proved nothing may do nothing", () => {
  for (const action of access.actions) {
    expect(access.check({ kind: "anonymous" }, action, "org_own")).toEqual(denied("anonymous"));
  }
});

test("an action that the policies do not know is permitted to nobody", () => {
  expect(access.actions.has("readEverything")).toBe(false);
  expect(access.check(installation, "readEverything", "org_own")).toEqual(denied("not-applicable"));
});

test("a changed role is judged anew at once, although decisions are kept", () => {
  expect(access.check(account("administrator"), "createRunner", "org_own")).toEqual(allowed);
  expect(access.check(account("viewer"), "createRunner", "org_own")).toEqual(denied("role"));
  access.advanceEpoch();
  expect(access.check(account("administrator"), "createRunner", "org_own")).toEqual(allowed);
});

test("ids that contain quotes, separators or nothing at all are never taken for one another", () => {
  const odd = account("administrator", 'org","x');
  expect(access.check(odd, "createRunner", 'org","x')).toEqual(allowed);
  expect(access.check(odd, "createRunner", "org")).toEqual(denied("wall"));
  expect(access.check(account("administrator", ""), "createRunner", "")).toEqual(allowed);
});

test("a service account is a viewer of its organization in every role; without one it is not", () => {
  const stored = (role: Role, organizationId: string | undefined): ServiceAccount => ({
    id: "sa_9",
    organizationId,
    name: "runner-prod",
    description: "",
    role,
    runnerId: "run_1",
    createdAtMs: 0,
  });
  for (const role of ["viewer", "operator", "administrator"] as const) {
    expect(access.isViewer(stored(role, "org_own"))).toBe(true);
  }
  expect(access.isViewer(stored("viewer", undefined))).toBe(false);
});
