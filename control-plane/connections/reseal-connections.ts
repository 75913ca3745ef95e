import type { Reseal } from "../encryption/rotate-organization-key.ts";
import type { Storage } from "../stores.ts";
import { inlineCredentialsIdentity } from "./create-connection.ts";

const pageSize = 100;

/** Seals the inline credentials of every connection anew, each in a transaction of its own. */
export async function resealConnections(
  storage: Storage,
  organizationId: string,
  reseal: Reseal,
): Promise<number> {
  let count = 0;
  let after: string | undefined;
  do {
    const query = { size: pageSize, after, namePrefix: "", provider: undefined };
    const page = await storage.read.connections.list(organizationId, query);
    for (const { id } of page.entries) {
      count += (await resealOne(storage, { organizationId, id }, reseal)) ? 1 : 0;
    }
    after = page.next;
  } while (after !== undefined);
  return count;
}

async function resealOne(
  storage: Storage,
  { organizationId, id }: { readonly organizationId: string; readonly id: string },
  reseal: Reseal,
): Promise<boolean> {
  return await storage.write(async (stores) => {
    // Read again, within the transaction: the credentials may have been replaced meanwhile.
    const connection = await stores.connections.find(organizationId, id);
    if (connection?.sealedCredentials === undefined) {
      return false;
    }
    const identity = inlineCredentialsIdentity(organizationId, id);
    const sealedCredentials = await reseal(stores, identity, connection.sealedCredentials);
    if (sealedCredentials === undefined) {
      return false;
    }
    await stores.connections.update({ ...connection, sealedCredentials });
    return true;
  });
}
