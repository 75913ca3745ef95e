import { type StatePart, stateParts } from "./operation-rights.ts";
import { keyPrefix, partsWith } from "./state-rights.ts";

/** A state backend of the form `gs://BUCKET/PREFIX`. */
export interface GcsStateBackend {
  readonly bucket: string;
  /** Folder in the bucket. Default: none, the bucket is the backend's own. */
  readonly prefix?: string;
}

/** What {@link gcpPermissions} is made from. */
export interface GcpPermissionParts {
  /** Kinds of operations that the connection may run. */
  readonly operations: readonly string[];
  /** Where the stacks' state is; left out if that is not Cloud Storage. */
  readonly stateBackend?: GcsStateBackend;
}

/** A custom role, and the condition of its binding on the bucket. */
export interface GcpPermissions {
  /** Permissions of the role, sorted; empty means that no role is needed. */
  readonly permissions: readonly string[];
  /** Condition of the binding; undefined without permissions. */
  readonly condition?: { readonly title: string; readonly expression: string };
}

/**
 * The smallest custom role, bound on the state's bucket, with which a connection can run these operations.
 *
 * Replacing an object takes `storage.objects.delete` (Cloud Storage, "IAM permissions for JSON methods",
 * objects.insert). The condition holds it to the parts of the backend that the operations touch. Operations
 * on Kubernetes need nothing here: the rights in a cluster are its RBAC's. A bucket's own encryption key is
 * used by the service agent of Cloud Storage and not by the runner.
 *
 * @throws {RangeError} if a kind is not in the catalog, or the backend's address cannot stand in a condition.
 */
export function gcpPermissions({ operations, stateBackend }: GcpPermissionParts): GcpPermissions {
  const reads = partsWith(operations, "read");
  if (stateBackend === undefined || reads.length === 0) {
    return { permissions: [] };
  }
  const writes = partsWith(operations, "write");
  const deletes = partsWith(operations, "delete");
  const permissions = [
    ...(writes.length > 0 ? ["storage.objects.create"] : []),
    ...(writes.length > 0 || deletes.length > 0 ? ["storage.objects.delete"] : []),
    "storage.objects.get",
    "storage.objects.list",
  ];
  const touched = (Object.keys(stateParts) as StatePart[]).filter((part) =>
    [...reads, ...writes, ...deletes].includes(part),
  );
  return {
    permissions,
    condition: {
      title: "holdfast-state",
      expression: expressionOf(stateBackend, touched),
    },
  };
}

/**
 * Objects by their names, and lists by the prefix that they ask for (IAM, "Attribute reference for IAM
 * Conditions", resource name and `storage.googleapis.com/objectListPrefix`).
 */
function expressionOf({ bucket, prefix }: GcsStateBackend, parts: readonly StatePart[]): string {
  // Cloud Storage, "Bucket naming requirements".
  if (!/^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/.test(bucket)) {
    throw new RangeError("stateBackend.bucket must be the name of a bucket");
  }
  const inside = keyPrefix(prefix);
  return [
    ...parts.map(
      (part) =>
        `resource.name.startsWith("projects/_/buckets/${bucket}/objects/${inside}${stateParts[part]}")`,
    ),
    `api.getAttribute("storage.googleapis.com/objectListPrefix", "").startsWith("${inside}.pulumi/")`,
  ].join(" || ");
}
