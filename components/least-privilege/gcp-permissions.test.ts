import { expect, test } from "vitest";
import { gcpPermissions } from "./gcp-permissions.ts";
import { operationRights } from "./operation-rights.ts";

const stateBackend = { bucket: "acme-state", prefix: "team" };

test("an update may do to objects of its backend what Pulumi does, and nothing to others", () => {
  const { permissions, condition } = gcpPermissions({ operations: ["pulumi.up"], stateBackend });
  expect(permissions).toEqual([
    "storage.objects.create",
    "storage.objects.delete",
    "storage.objects.get",
    "storage.objects.list",
  ]);
  const object = 'resource.name.startsWith("projects/_/buckets/acme-state/objects/team/.pulumi/';
  expect(condition?.expression.split(" || ")).toEqual([
    `${object}meta.yaml")`,
    `${object}stacks/")`,
    `${object}locks/")`,
    `${object}history/")`,
    `${object}backups/")`,
    'api.getAttribute("storage.googleapis.com/objectListPrefix", "").startsWith("team/.pulumi/")',
  ]);
});

test("giving back a lock makes no objects, and touches no history", () => {
  const { permissions, condition } = gcpPermissions({
    operations: ["pulumi.cancel"],
    stateBackend,
  });
  expect(permissions).toEqual([
    "storage.objects.delete",
    "storage.objects.get",
    "storage.objects.list",
  ]);
  expect(condition?.expression).not.toContain("history");
});

test("operations on Kubernetes and on the runner itself need no role", () => {
  const operations = Object.keys(operationRights).filter((kind) => !kind.startsWith("pulumi."));
  expect(gcpPermissions({ operations, stateBackend })).toEqual({ permissions: [] });
  expect(gcpPermissions({ operations: ["pulumi.up"] })).toEqual({ permissions: [] });
});

test("an address that would mean more in a condition is refused", () => {
  for (const backend of [{ bucket: 'a"b' }, { bucket: "acme-state", prefix: 'a")' }]) {
    expect(() => gcpPermissions({ operations: ["pulumi.up"], stateBackend: backend })).toThrow(
      RangeError,
    );
  }
});
