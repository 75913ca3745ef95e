import { expect, test } from "vitest";
import { azureActions } from "./azure-actions.ts";
import { operationRights } from "./operation-rights.ts";

const blobs = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs";
const stateBackend = { prefix: "team" };

test("an update may read, write and delete blobs of its backend, and manage nothing", () => {
  const { actions, dataActions, condition } = azureActions({
    operations: ["pulumi.up"],
    stateBackend,
  });
  expect(actions).toEqual([]);
  expect(dataActions).toEqual([`${blobs}/delete`, `${blobs}/read`, `${blobs}/write`]);
  expect(condition).toBe(
    `((!(ActionMatches{'${blobs}/delete'}) AND !(ActionMatches{'${blobs}/read'} AND NOT SubOperationMatches{'Blob.List'}) AND !(ActionMatches{'${blobs}/write'})) OR (@Resource[${blobs}:path] StringStartsWith 'team/.pulumi/')) AND ((!(ActionMatches{'${blobs}/read'} AND SubOperationMatches{'Blob.List'})) OR (@Request[${blobs}:prefix] StringStartsWith 'team/.pulumi/'))`,
  );
});

test("giving back a lock writes nothing", () => {
  expect(azureActions({ operations: ["pulumi.cancel"], stateBackend }).dataActions).toEqual([
    `${blobs}/delete`,
    `${blobs}/read`,
  ]);
});

test("operations on Kubernetes and on the runner itself need no role", () => {
  const operations = Object.keys(operationRights).filter((kind) => !kind.startsWith("pulumi."));
  expect(azureActions({ operations, stateBackend })).toEqual({ actions: [], dataActions: [] });
});

test("a prefix that would end the condition is refused", () => {
  expect(() =>
    azureActions({ operations: ["pulumi.up"], stateBackend: { prefix: "a' OR 'b" } }),
  ).toThrow(RangeError);
});
