import type { Clock } from "@holdfast/foundation/clock.ts";
import { inlineCredentialsIdentity } from "../connections/create-connection.ts";
import { secretValueIdentity } from "../secrets/secret-life-cycle.ts";
import type { Storage } from "../stores.ts";
import type { EnvelopeSealer } from "./envelope-sealer.ts";

const pageSize = 100;

/** What {@link rotateOrganizationKey} needs. */
export interface RotationDependencies {
  readonly storage: Storage;
  readonly sealer: EnvelopeSealer;
  readonly clock: Clock;
}

/**
 * Makes a new organization key and encrypts every value of the organization anew, page by page, while
 * everything goes on. Safe to repeat; what is written meanwhile is under the new key already.
 */
export async function rotateOrganizationKey(
  deps: RotationDependencies,
  actor: string,
  organizationId: string,
): Promise<{ readonly keyId: string; readonly reencrypted: number }> {
  const key = await deps.sealer.advance(organizationId);
  const reencrypted =
    (await reencryptSecrets(deps, organizationId)) +
    (await reencryptConnections(deps, organizationId));
  await deps.storage.write(async (stores) => {
    await stores.audit.append(
      {
        organizationId,
        actor,
        action: "encryption.organization_key_rotated",
        subject: key.id,
        detail: { reencrypted },
      },
      deps.clock.nowMs(),
    );
  });
  return { keyId: key.id, reencrypted };
}

async function reencryptSecrets(
  deps: RotationDependencies,
  organizationId: string,
): Promise<number> {
  const { storage, sealer } = deps;
  let count = 0;
  let after: string | undefined;
  do {
    const page = await storage.read.secrets.listVersions(organizationId, { size: pageSize, after });
    for (const found of page.entries) {
      const identity = secretValueIdentity(organizationId, found.secretId, found.version);
      if (found.sealed !== undefined) {
        const sealed = await sealer.seal(identity, await sealer.open(identity, found.sealed));
        await storage.write(async (stores) => {
          const present = await stores.secrets.findVersion(
            organizationId,
            found.secretId,
            found.version,
          );
          // A version that was destroyed meanwhile stays destroyed.
          if (present?.sealed !== undefined) {
            await stores.secrets.updateVersion({ ...present, sealed });
          }
        });
        count += 1;
      }
    }
    after = page.next;
  } while (after !== undefined);
  return count;
}

async function reencryptConnections(
  deps: RotationDependencies,
  organizationId: string,
): Promise<number> {
  const { storage, sealer } = deps;
  let count = 0;
  let after: string | undefined;
  do {
    const page = await storage.read.connections.list(organizationId, {
      size: pageSize,
      after,
      namePrefix: "",
      provider: undefined,
    });
    for (const { id, sealedCredentials } of page.entries) {
      if (sealedCredentials !== undefined) {
        const identity = inlineCredentialsIdentity(organizationId, id);
        const sealed = await sealer.seal(identity, await sealer.open(identity, sealedCredentials));
        await storage.write(async (stores) => {
          const present = await stores.connections.find(organizationId, id);
          // Credentials that were replaced meanwhile are newer, and under the new key already.
          if (
            present?.sealedCredentials !== undefined &&
            Buffer.from(present.sealedCredentials).equals(sealedCredentials)
          ) {
            await stores.connections.update({ ...present, sealedCredentials: sealed });
          }
        });
        count += 1;
      }
    }
    after = page.next;
  } while (after !== undefined);
  return count;
}
