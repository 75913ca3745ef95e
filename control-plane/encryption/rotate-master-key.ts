import type { Clock } from "@holdfast/foundation/clock.ts";
import type { Storage } from "../stores.ts";
import type { RotatableMasterKey } from "./master-key.ts";

/** What {@link rotateMasterKey} needs. */
export interface MasterKeyRotationDependencies {
  readonly storage: Storage;
  readonly masterKey: RotatableMasterKey;
  readonly clock: Clock;
}

const pageSize = 100;

/**
 * Makes a new master key and wraps every organization key with it, one small transaction after the
 * other, while the control plane goes on serving. Values are not encrypted anew.
 *
 * guarantee: may be killed at any moment. The new key is kept before it is used, the earlier ones until
 * nothing needs them; running it again ends what was begun.
 */
export async function rotateMasterKey(
  deps: MasterKeyRotationDependencies,
  actor: string,
): Promise<{ readonly masterKeyId: string; readonly rewrapped: number }> {
  const masterKeyId = await deps.masterKey.advance();
  await awaitEarlierWraps(deps.storage);
  const earlier = await deps.storage.read.encryptionKeys.list(masterKeyId);
  let rewrapped = 0;
  for (const { id } of earlier) {
    rewrapped += (await rewrap(deps, id)) ? 1 : 0;
  }
  await deps.masterKey.dropEarlier();
  await deps.storage.write(async ({ audit }) => {
    await audit.append(
      {
        organizationId: undefined,
        actor,
        action: "master_key.rotated",
        subject: masterKeyId,
        detail: { rewrapped },
      },
      deps.clock.nowMs(),
    );
  });
  return { masterKeyId, rewrapped };
}

/**
 * Passes once through the lock of every organization: whoever was making a key under the earlier master
 * key has then written it, and whoever comes later uses the new one.
 */
async function awaitEarlierWraps(storage: Storage): Promise<void> {
  let after: string | undefined;
  do {
    const page = await storage.read.organizations.list({ size: pageSize, after, namePrefix: "" });
    for (const { id } of page.entries) {
      await storage.write(async (stores) => {
        await stores.organizations.find(id);
      });
    }
    after = page.next;
  } while (after !== undefined);
}

/** False if the key has gone with its organization in the meantime. */
async function rewrap(deps: MasterKeyRotationDependencies, id: string): Promise<boolean> {
  return await deps.storage.write(async ({ encryptionKeys }) => {
    const key = await encryptionKeys.find(id);
    if (key === undefined) {
      return false;
    }
    const identity = { organizationId: key.organizationId, keyId: id };
    const open = await deps.masterKey.unwrap(identity, key.masterKeyId, key.wrapped);
    await encryptionKeys.update({ ...key, ...(await deps.masterKey.wrap(identity, open)) });
    return true;
  });
}
