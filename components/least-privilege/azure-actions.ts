import { keyPrefix, partsWith } from "./state-rights.ts";

/** A state backend of the form `azblob://CONTAINER/PREFIX`. */
export interface AzureBlobStateBackend {
  /** Folder in the container. Default: none, the container is the backend's own. */
  readonly prefix?: string;
}

/** What {@link azureActions} is made from. */
export interface AzureActionParts {
  /** Kinds of operations that the connection may run. */
  readonly operations: readonly string[];
  /** Where the stacks' state is; left out if that is not Blob Storage. */
  readonly stateBackend?: AzureBlobStateBackend;
}

/** A custom role, and the condition of its assignment at the scope of the container. */
export interface AzureActions {
  /** Actions of the management plane. No operation needs one: always empty. */
  readonly actions: readonly string[];
  /** Data actions of the role, sorted; empty means that no role is needed. */
  readonly dataActions: readonly string[];
  /** Condition of the assignment, version 2.0; undefined without data actions. */
  readonly condition?: string;
}

const blobs = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs";

/**
 * The smallest custom role, assigned on the state's container, with which a connection can run these
 * operations. Operations on Kubernetes need nothing here: the rights in a cluster are its RBAC's.
 *
 * @throws {RangeError} if a kind is not in the catalog, or the prefix cannot stand in a condition.
 */
export function azureActions({ operations, stateBackend }: AzureActionParts): AzureActions {
  const accesses = (["delete", "read", "write"] as const).filter(
    (access) => partsWith(operations, access).length > 0,
  );
  if (stateBackend === undefined || accesses.length === 0) {
    return { actions: [], dataActions: [] };
  }
  const dataActions = accesses.map((access) => `${blobs}/${access}`);
  return {
    actions: [],
    dataActions,
    condition: conditionOf(dataActions, `${keyPrefix(stateBackend.prefix)}.pulumi/`),
  };
}

/**
 * Blobs by their paths, and lists by the prefix that they ask for: the form of Azure Storage, "Example Azure
 * role assignment conditions for Blob Storage", "Read or list blobs in named containers with a path".
 */
function conditionOf(dataActions: readonly string[], prefix: string): string {
  const list = `ActionMatches{'${blobs}/read'} AND SubOperationMatches{'Blob.List'}`;
  const others = dataActions.map((action) =>
    action.endsWith("/read")
      ? `!(ActionMatches{'${action}'} AND NOT SubOperationMatches{'Blob.List'})`
      : `!(ActionMatches{'${action}'})`,
  );
  return [
    `((${others.join(" AND ")}) OR (@Resource[${blobs}:path] StringStartsWith '${prefix}'))`,
    `((!(${list})) OR (@Request[${blobs}:prefix] StringStartsWith '${prefix}'))`,
  ].join(" AND ");
}
