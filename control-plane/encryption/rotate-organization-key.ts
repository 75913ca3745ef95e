import type { Clock } from "@holdfast/foundation/clock.ts";
import type { Storage, Stores } from "../stores.ts";
import type { EnvelopeSealer } from "./envelope-sealer.ts";
import { lockOrganization, type OrganizationKeys } from "./organization-keys.ts";
import type { RecordIdentity } from "./sealer.ts";

/** Seals one value anew; undefined if nothing has to change. */
export type Reseal = (
  stores: Stores,
  identity: RecordIdentity,
  sealed: Uint8Array,
) => Promise<Uint8Array | undefined>;

/**
 * Seals all values of one kind in an organization anew, each in a transaction of its own, and says how
 * many there were. The kinds are handed in, since encryption knows none of them.
 */
export type ResealAll = (
  storage: Storage,
  organizationId: string,
  reseal: Reseal,
) => Promise<number>;

/** What {@link rotateOrganizationKey} needs. */
export interface OrganizationKeyRotationDependencies {
  readonly storage: Storage;
  readonly keys: OrganizationKeys;
  readonly sealer: EnvelopeSealer;
  readonly clock: Clock;
  /** One for each kind of record that holds sealed values. */
  readonly resealAll: readonly ResealAll[];
}

/**
 * Makes a new organization key and encrypts every value of the organization anew, page by page, while
 * the control plane goes on serving.
 *
 * guarantee: may be killed at any moment: the earlier key stays and opens what has not been reached. A
 * value that was being written meanwhile may still be under it; the next rotation takes it along.
 *
 * @throws {Failure} `organization.not_found`; `secret.undecryptable` if a value does not open.
 */
export async function rotateOrganizationKey(
  deps: OrganizationKeyRotationDependencies,
  actor: string,
  organizationId: string,
): Promise<{ readonly organizationKeyId: string; readonly reencrypted: number }> {
  const organizationKeyId = await deps.storage.write(
    async (stores) => await replaceKey(deps, stores, organizationId),
  );
  let reencrypted = 0;
  for (const resealAll of deps.resealAll) {
    reencrypted += await resealAll(
      deps.storage,
      organizationId,
      async (stores, identity, sealed) => await deps.sealer.resealWithin(stores, identity, sealed),
    );
  }
  await deps.storage.write(async ({ audit }) => {
    await audit.append(
      {
        organizationId,
        actor,
        action: "organization_key.rotated",
        subject: organizationKeyId,
        detail: { reencrypted },
      },
      deps.clock.nowMs(),
    );
  });
  return { organizationKeyId, reencrypted };
}

async function replaceKey(
  deps: OrganizationKeyRotationDependencies,
  stores: Stores,
  organizationId: string,
): Promise<string> {
  await lockOrganization(stores, organizationId);
  const present = await stores.encryptionKeys.findActive(organizationId);
  if (present !== undefined) {
    await stores.encryptionKeys.update({ ...present, isActive: false });
  }
  return (await deps.keys.add(stores, organizationId)).id;
}
