import {
  type StandInContext,
  type StandInResource,
  textOf,
  type Values,
} from "./stand-in-provider.ts";

/** What Azure remembers beyond what exists: deleted names, versions of entries, what it does not see yet. */
export class AzureMemory {
  readonly #blindReads: number;
  readonly #reads = new Map<string, number>();
  readonly #versions = new Map<string, Values[string]>();
  readonly #deleted = new Set<string>();

  /** @param blindReads how many reads by a right that is new fail. */
  constructor(blindReads: number) {
    this.#blindReads = blindReads;
  }

  /** Whether a right is seen by now; every question is one try. */
  isSeen(assignmentId: string): boolean {
    const reads = (this.#reads.get(assignmentId) ?? 0) + 1;
    this.#reads.set(assignmentId, reads);
    return reads > this.#blindReads;
  }

  /** Keeps a version of an entry. */
  keepVersion(uri: string, value: Values[string]): void {
    this.#versions.set(uri, value);
  }

  hasVersion(uri: string): boolean {
    return this.#versions.has(uri);
  }

  /** A name that is kept after a deletion (soft delete). */
  keepName(id: string): void {
    this.#deleted.add(id.toLowerCase());
  }

  /** @throws as Azure does, if the name is kept. */
  claimName(id: string): void {
    if (this.#deleted.has(id.toLowerCase())) {
      throw new Error(
        `Conflict: ${id} is deleted but recoverable; its name cannot be used until it is purged`,
      );
    }
  }
}

/** Name and replacement as azure-native has them for a resource with this name in its path. */
export function azureNamed(
  nameProperty: string,
  replaceOn: readonly string[],
): Pick<StandInResource, "autoName" | "deleteBeforeReplace" | "replaceOn"> {
  return {
    replaceOn,
    autoName: { property: nameProperty, separator: "", digits: 8 },
    deleteBeforeReplace: true,
  };
}

/** Tenant of the provider instance. */
export function azureTenantId({ configuration }: StandInContext): string {
  return textOf(configuration, "tenantId");
}
