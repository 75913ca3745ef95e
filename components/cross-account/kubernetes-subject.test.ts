import { expect, test } from "vitest";
import { settingsOf } from "../../test/support/argument-problems.ts";
import { readKubernetesSubject } from "./kubernetes-subject.ts";
import type { KubernetesTargetAccessArgs } from "./kubernetes-target-access-args.ts";

type SubjectArgs = Omit<KubernetesTargetAccessArgs, "operations">;

function read(args: SubjectArgs): object {
  return settingsOf((check) => readKubernetesSubject({ operations: [], ...args }, check));
}

const apiGroup = "rbac.authorization.k8s.io";

test.each<[SubjectArgs, object]>([
  [{ user: "runner" }, { apiGroup, kind: "User", name: "runner" }],
  [{ group: "runners" }, { apiGroup, kind: "Group", name: "runners" }],
  [
    { serviceAccountName: "runner", serviceAccountNamespace: "holdfast" },
    { kind: "ServiceAccount", name: "runner", namespace: "holdfast" },
  ],
])("%j is named as RBAC names it", (args, subject) => {
  expect(read(args)).toEqual(subject);
});

test.each<[SubjectArgs, string]>([
  [{}, "given: none"],
  [{ user: "a", group: "b" }, "given: user, group"],
  [{ user: "" }, "user must be a name"],
  [{ user: "system:anonymous" }, "user must be a name that does not begin with system:"],
  [{ group: "system:authenticated" }, "group must be a name that does not begin with system:"],
  [{ serviceAccountName: "a" }, "serviceAccountNamespace must be given exactly if"],
  [{ user: "a", serviceAccountNamespace: "b" }, "serviceAccountNamespace must be given exactly if"],
  [
    { serviceAccountName: "A", serviceAccountNamespace: "b.c" },
    "serviceAccountNamespace must be a DNS label",
  ],
])("%j is refused: %s", (args, message) => {
  expect(() => read(args)).toThrow(message);
});
