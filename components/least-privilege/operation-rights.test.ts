import { Provider } from "@holdfast/protocol/generated/holdfast/v1/options_pb.ts";
import { catalog } from "@holdfast/protocol/operations/catalog.ts";
import { expect, test } from "vitest";
import { operationRights, operationsProblem, rightsOf } from "./operation-rights.ts";

test("every operation of the catalog has a row of rights, and every row an operation", () => {
  expect(Object.keys(operationRights).toSorted()).toEqual([...catalog.keys()].toSorted());
});

test("operations have rights only where their connection leads", () => {
  for (const [kind, { namespaced, cluster, state, usesProviders }] of Object.entries(
    operationRights,
  )) {
    const provider = catalog.get(kind)?.provider;
    expect([kind, namespaced.length + cluster.length > 0]).toEqual([
      kind,
      provider === Provider.KUBERNETES,
    ]);
    expect([kind, Object.keys(state).length > 0]).toEqual([kind, provider === Provider.PULUMI]);
    expect(!usesProviders || provider === Provider.PULUMI).toBe(true);
  }
});

test("a kind that is not in the catalog is named, and gives no rights", () => {
  expect(operationsProblem(["kubernetes.pods.list", "runner.describe"])).toBeUndefined();
  expect(operationsProblem(["kubernetes.*", "toString", "pulumi.up"])).toBe(
    "must be kinds of operations, such as kubernetes.pods.list; these are none: kubernetes.*, toString",
  );
  expect(() => rightsOf(["kubernetes.secrets.list"])).toThrow(RangeError);
});
