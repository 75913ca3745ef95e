import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EnvelopeSealer } from "@holdfast/control-plane/encryption/envelope-sealer.ts";
import type { RotatableMasterKey } from "@holdfast/control-plane/encryption/master-key.ts";
import { openMasterKeyFile } from "@holdfast/control-plane/encryption/master-key-file.ts";
import { OrganizationKeys } from "@holdfast/control-plane/encryption/organization-keys.ts";
import type { Organization } from "@holdfast/control-plane/organizations/organization.ts";
import type { Storage } from "@holdfast/control-plane/stores.ts";
import { makeIdentifier } from "@holdfast/foundation/identifier.ts";
import { TestClock } from "./test-clock.ts";
import { TestRandom } from "./test-random.ts";
import { openTestStorage } from "./test-storage.ts";

/** A store with all that encrypts it: the real parts, with the master key in a file of its own folder. */
export interface SealingWorld {
  readonly storage: Storage;
  readonly masterKey: RotatableMasterKey;
  readonly keys: OrganizationKeys;
  readonly sealer: EnvelopeSealer;
  readonly clock: TestClock;
  readonly random: TestRandom;
  readonly masterKeyPath: string;
  insertOrganization(name: string): Promise<Organization>;
  /** What a process that starts now has: the same store and file, nothing remembered. */
  restarted(): Pick<SealingWorld, "keys" | "sealer" | "masterKey">;
  close(): Promise<void>;
}

/** Opens an empty world. */
export async function openSealingWorld(): Promise<SealingWorld> {
  const { storage, close } = await openTestStorage();
  const folder = await mkdtemp(join(tmpdir(), "holdfast-sealing-"));
  const masterKeyPath = join(folder, "master-key.json");
  const clock = new TestClock();
  const random = new TestRandom("sealing");
  const restarted = () => {
    const path = masterKeyPath;
    const masterKey = openMasterKeyFile({ path, random, clock, mayMake: true });
    const keys = new OrganizationKeys({ storage, masterKey, clock, random });
    return { masterKey, keys, sealer: new EnvelopeSealer({ storage, keys, random }) };
  };
  return {
    storage,
    ...restarted(),
    clock,
    random,
    masterKeyPath,
    restarted,
    insertOrganization: async (name) => {
      const organization = {
        id: makeIdentifier("org", random),
        name,
        displayName: "",
        createdAtMs: clock.nowMs(),
      };
      await storage.write(async (stores) => await stores.organizations.insert(organization));
      return organization;
    },
    close: async () => {
      await close();
      await rm(folder, { recursive: true });
    },
  };
}
