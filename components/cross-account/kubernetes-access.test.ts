import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { settingsOf } from "../../test/support/argument-problems.ts";
import { type KubernetesAccess, readKubernetesAccess } from "./kubernetes-access.ts";
import type { KubernetesAccessArgs } from "./kubernetes-access-args.ts";

function read(args: KubernetesAccessArgs): KubernetesAccess {
  return settingsOf((check) => readKubernetesAccess("access", args, check));
}

test("rules on objects in namespaces and on objects in none are told apart", () => {
  const operations = ["kubernetes.pods.list", "kubernetes.namespaces.list"];
  expect(read({ operations, namespaces: ["team", "other", "team"] })).toEqual({
    namespaces: ["other", "team"],
    namespacedRules: [{ apiGroups: [""], resources: ["pods"], verbs: ["list"] }],
    clusterRules: [{ apiGroups: [""], resources: ["namespaces"], verbs: ["list"] }],
  });
  expect(read({ operations, allNamespaces: true }).namespaces).toBeUndefined();
});

test.each<[KubernetesAccessArgs, string]>([
  [{ operations: [], namespaces: ["a"] }, "access.operations must name an operation on a cluster"],
  [
    { operations: ["runner.describe"], namespaces: ["a"] },
    "access.operations must name an operation on a cluster",
  ],
  [
    { operations: ["kubernetes.secrets.list"], namespaces: ["a"] },
    "these are none: kubernetes.secrets.list",
  ],
  [{ operations: ["kubernetes.pods.list"] }, "given: neither"],
  [{ operations: ["kubernetes.pods.list"], namespaces: [] }, "given: neither"],
  [{ operations: ["kubernetes.pods.list"], namespaces: ["a"], allNamespaces: true }, "given: both"],
  [
    { operations: ["kubernetes.pods.list"], namespaces: ["a", "*"] },
    "access.namespaces[1] must be a DNS label",
  ],
])("%j is refused: %s", (args, message) => {
  expect(() => read(args)).toThrow(message);
});

test("what decides which roles there are must be known when the program runs", () => {
  // As a transform of a remote component makes of every argument.
  const unknown = pulumi.output(["kubernetes.pods.list"]) as unknown as string[];
  expect(() => read({ operations: unknown, namespaces: unknown })).toThrow(
    /operations must be known.*namespaces must be known/s,
  );
});
