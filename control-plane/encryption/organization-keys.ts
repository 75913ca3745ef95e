import type { Clock } from "@holdfast/foundation/clock.ts";
import { Failure } from "@holdfast/foundation/failure.ts";
import { makeIdentifier } from "@holdfast/foundation/identifier.ts";
import type { Random } from "@holdfast/foundation/random.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import type { Storage, Stores } from "../stores.ts";
import type { EncryptionKey } from "./encryption-key-store.ts";
import type { MasterKey } from "./master-key.ts";

const keyBytes = 32;
/** Unwrapped keys that are remembered: a key management service takes milliseconds for each. */
const rememberedMax = 1_000;

/** An organization key, ready for use. */
export interface OrganizationKey {
  readonly id: string;
  readonly key: Secret<Uint8Array>;
}

/** What {@link OrganizationKeys} needs. */
export interface OrganizationKeysDependencies {
  readonly storage: Storage;
  readonly masterKey: MasterKey;
  readonly clock: Clock;
  readonly random: Random;
}

/** The keys of organizations, made when they are first needed. */
export class OrganizationKeys {
  readonly #deps: OrganizationKeysDependencies;
  readonly #remembered = new Map<string, Secret<Uint8Array>>();

  constructor(deps: OrganizationKeysDependencies) {
    this.#deps = deps;
  }

  /** The key that new values of an organization are sealed under. */
  async active(organizationId: string): Promise<OrganizationKey> {
    const { storage } = this.#deps;
    const present = await storage.read.encryptionKeys.findActive(organizationId);
    if (present !== undefined) {
      return await this.#open(present);
    }
    return await storage.write(async (stores) => {
      await lockOrganization(stores, organizationId);
      // Somebody else may have made one while this waited for the lock.
      const made = await stores.encryptionKeys.findActive(organizationId);
      return made === undefined ? await this.add(stores, organizationId) : await this.#open(made);
    });
  }

  /** The active key, within a transaction. */
  async activeWithin(stores: Stores, organizationId: string): Promise<OrganizationKey> {
    const present = await stores.encryptionKeys.findActive(organizationId);
    return present === undefined
      ? await this.add(stores, organizationId)
      : await this.#open(present);
  }

  /**
   * Makes a key and writes it as the active one, within a transaction that has locked the organization
   * and left it without one.
   */
  async add(stores: Stores, organizationId: string): Promise<OrganizationKey> {
    const { clock, masterKey, random } = this.#deps;
    const id = makeIdentifier("dek", random);
    const key = new Secret(random.bytes(keyBytes));
    const wrapped = await masterKey.wrap({ organizationId, keyId: id }, key);
    const createdAtMs = clock.nowMs();
    await stores.encryptionKeys.insert({
      id,
      organizationId,
      isActive: true,
      createdAtMs,
      ...wrapped,
    });
    return { id, key };
  }

  /**
   * The key that a value is sealed under.
   *
   * @throws {Failure} `secret.undecryptable` if the organization has no such key.
   */
  async find(stores: Stores, organizationId: string, id: string): Promise<Secret<Uint8Array>> {
    const found = await stores.encryptionKeys.find(id);
    // Another organization's key never opens anything here, even if a row says so.
    if (found?.organizationId !== organizationId) {
      throw new Failure("secret.undecryptable", "The organization has no such key.");
    }
    return (await this.#open(found)).key;
  }

  async #open(stored: EncryptionKey): Promise<OrganizationKey> {
    const { id, masterKeyId, organizationId, wrapped } = stored;
    const remembered = this.#remembered.get(id);
    if (remembered !== undefined) {
      return { id, key: remembered };
    }
    const key = await this.#deps.masterKey.unwrap(
      { organizationId, keyId: id },
      masterKeyId,
      wrapped,
    );
    this.#remember(id, key);
    return { id, key };
  }

  #remember(id: string, key: Secret<Uint8Array>): void {
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size >= rememberedMax && oldest !== undefined) {
      this.#remembered.delete(oldest);
    }
    this.#remembered.set(id, key);
  }
}

/**
 * Waits until no other transaction makes a key for the organization. One that has begun before a master
 * key was replaced has then ended, and what it has wrapped can be seen.
 *
 * @throws {Failure} `organization.not_found`
 */
export async function lockOrganization(stores: Stores, organizationId: string): Promise<void> {
  if ((await stores.organizations.find(organizationId)) === undefined) {
    throw new Failure("organization.not_found", "There is no such organization.");
  }
}
