import { expect, test } from "vitest";
import { catalog, needsConnection } from "./catalog.ts";

test("the catalog is closed: these kinds and no others", () => {
  expect([...catalog.keys()].sort()).toEqual([
    "kubernetes.deployments.list",
    "kubernetes.namespaces.list",
    "kubernetes.pods.get",
    "kubernetes.pods.list",
    "kubernetes.pods.logs",
    "pulumi.cancel",
    "pulumi.destroy",
    "pulumi.preview",
    "pulumi.refresh",
    "pulumi.up",
    "runner.describe",
  ]);
});

test("every kind but those of the runner itself needs a connection", () => {
  const without = [...catalog.values()].filter((entry) => !needsConnection(entry));
  expect(without.map(({ kind }) => kind)).toEqual(["runner.describe"]);
});
