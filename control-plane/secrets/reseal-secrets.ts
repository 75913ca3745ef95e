import type { ResealAll } from "../encryption/rotate-organization-key.ts";
import { secretValueIdentity } from "./secret-life-cycle.ts";

const pageSize = 50;

/** Seals every version of every secret of an organization anew. */
export const resealSecrets: ResealAll = async (storage, organizationId, reseal) => {
  let count = 0;
  let after: string | undefined;
  do {
    const page = await storage.read.secrets.listVersions(organizationId, { size: pageSize, after });
    for (const { secretId, version } of page.entries) {
      const isResealed = await storage.write(async (stores) => {
        // Read again under the lock: it may have been destroyed since.
        const found = await stores.secrets.findVersion(organizationId, secretId, version);
        if (found?.sealed === undefined) {
          return false;
        }
        const identity = secretValueIdentity(organizationId, secretId, version);
        const sealed = await reseal(stores, identity, found.sealed);
        if (sealed === undefined) {
          return false;
        }
        await stores.secrets.updateVersion({ ...found, sealed });
        return true;
      });
      count += isResealed ? 1 : 0;
    }
    after = page.next;
  } while (after !== undefined);
  return count;
};
