import { rightsOf, type StateAccess, type StatePart, stateParts } from "./operation-rights.ts";

/** Where in a bucket or container the state is: as in the path of the backend's URL. */
const prefixForm = /^[A-Za-z0-9_.\-/]*$/;

/**
 * The prefix of every key of a backend: empty, or with exactly one slash at its end and none in front, as
 * Pulumi makes it from the path of the backend's URL (pkg/backend/diy/backend.go, New).
 *
 * @throws {RangeError} if it has characters that would mean something else in a policy.
 */
export function keyPrefix(prefix: string | undefined): string {
  const text = prefix ?? "";
  if (!prefixForm.test(text)) {
    throw new RangeError("stateBackend.prefix must be letters, digits, `_`, `.`, `-` and `/`");
  }
  const inner = text.replace(/^\/+/, "");
  return inner === "" || inner.endsWith("/") ? inner : `${inner}/`;
}

/** The parts that these operations may do `access` to, in the order of {@link stateParts}. */
export function partsWith(
  operations: readonly string[],
  access: StateAccess,
): readonly StatePart[] {
  const rights = rightsOf(operations);
  return (Object.keys(stateParts) as StatePart[]).filter((part) =>
    rights.some(({ state }) => state[part]?.includes(access) === true),
  );
}

/** Whether any of these operations needs what the stack's program manages. */
export function useProviders(operations: readonly string[]): boolean {
  return rightsOf(operations).some(({ usesProviders }) => usesProviders);
}
