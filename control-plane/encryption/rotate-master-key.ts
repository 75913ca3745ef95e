import { type EnvelopeDependencies, wrapContext } from "./envelope-sealer.ts";

/**
 * Makes a new master key and wraps every organization key with it, one at a time, while everything goes
 * on. Killed at any moment, nothing is lost: the new key is kept before it wraps, the earlier ones until
 * nothing needs them; the next rotation finishes what one has left.
 */
export async function rotateMasterKey(
  deps: EnvelopeDependencies,
  actor: string,
): Promise<{ readonly masterKeyId: string; readonly rewrapped: number }> {
  const { masterKey, storage } = deps;
  const masterKeyId = await masterKey.advance();
  let rewrapped = 0;
  for (const key of await storage.read.encryptionKeys.list(masterKeyId)) {
    const context = wrapContext(key.organizationId, key.id);
    const bytes = await masterKey.unwrap(key.masterKeyId, key.wrapped, context);
    const wrapped = await masterKey.wrap(bytes, context);
    await storage.write(async (stores) => {
      // Read again: the key may have been retired meanwhile.
      const present = await stores.encryptionKeys.find(key.id);
      if (present !== undefined) {
        await stores.encryptionKeys.update({ ...present, masterKeyId, wrapped });
      }
    });
    bytes.fill(0);
    rewrapped += 1;
  }
  await storage.write(async (stores) => {
    await stores.audit.append(
      {
        organizationId: undefined,
        actor,
        action: "encryption.master_key_rotated",
        subject: masterKeyId,
        detail: { rewrapped },
      },
      deps.clock.nowMs(),
    );
  });
  const left = await storage.read.encryptionKeys.list(masterKeyId);
  if (left.length === 0) {
    await masterKey.forgetEarlier();
  }
  return { masterKeyId, rewrapped };
}
