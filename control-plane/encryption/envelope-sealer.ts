import type { Clock } from "@holdfast/foundation/clock.ts";
import { Failure } from "@holdfast/foundation/failure.ts";
import { makeIdentifier } from "@holdfast/foundation/identifier.ts";
import type { Random } from "@holdfast/foundation/random.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import type { Storage, Stores } from "../stores.ts";
import type { EncryptionKey } from "./encryption-key-store.ts";
import { decrypt, encrypt, joinWithLengths } from "./gcm.ts";
import type { MasterKey } from "./master-key.ts";
import type { RecordIdentity, Sealer } from "./sealer.ts";

/** First byte of what this version seals. */
const formatVersion = 1;
const keyIdBytes = 26;
const keysKeptMax = 1_000;

/** What {@link EnvelopeSealer} needs. */
export interface EnvelopeDependencies {
  readonly storage: Storage;
  readonly masterKey: MasterKey;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Encrypts records with keys of their organizations, which the master key wraps.
 *
 * A sealed value is the format's version, the id of the organization key, and AES-256-GCM with the
 * record's identity as additional data: it opens for this record, field and version, and for no other.
 */
export class EnvelopeSealer implements Sealer {
  readonly #deps: EnvelopeDependencies;
  /** Unwrapped keys, in memory only, bounded. */
  readonly #keys = new Map<string, Secret<Uint8Array>>();

  constructor(deps: EnvelopeDependencies) {
    this.#deps = deps;
  }

  async seal(identity: RecordIdentity, value: Secret<string>): Promise<Uint8Array> {
    const key = await this.#activeKey(identity.organizationId);
    const plaintext = Buffer.from(value.expose(), "utf8");
    const secret = await this.#unwrap(key);
    const sealed = encrypt(
      secret.expose(),
      plaintext,
      additionalData(identity, key.id),
      this.#deps.random,
    );
    plaintext.fill(0);
    return Buffer.concat([Buffer.of(formatVersion), Buffer.from(key.id, "latin1"), sealed]);
  }

  async open(identity: RecordIdentity, sealed: Uint8Array): Promise<Secret<string>> {
    try {
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
      const keyId = bytes.toString("latin1", 1, 1 + keyIdBytes);
      const key = await this.#deps.storage.read.encryptionKeys.find(keyId);
      if (bytes.at(0) !== formatVersion || key?.organizationId !== identity.organizationId) {
        throw new Error("sealed by another version or for another organization");
      }
      const secret = await this.#unwrap(key);
      const plaintext = decrypt(
        secret.expose(),
        bytes.subarray(1 + keyIdBytes),
        additionalData(identity, key.id),
      );
      return new Secret(plaintext.toString("utf8"));
    } catch (cause) {
      throw new Failure(
        "secret.undecryptable",
        "The value does not open: it was sealed for another record, or changed.",
        { cause },
      );
    }
  }

  /** Makes another key the organization's active one; earlier ones still open. */
  async advance(organizationId: string): Promise<EncryptionKey> {
    const key = await this.#makeKey(organizationId);
    await this.#deps.storage.write(async (stores) => {
      await retire(stores, organizationId);
      await stores.encryptionKeys.insert(key);
    });
    return key;
  }

  async #activeKey(organizationId: string): Promise<EncryptionKey> {
    const present = await this.#deps.storage.read.encryptionKeys.findActive(organizationId);
    if (present !== undefined) {
      return present;
    }
    const key = await this.#makeKey(organizationId);
    return await this.#deps.storage.write(async (stores) => {
      // Another call may have been first: its key is the one.
      const other = await stores.encryptionKeys.findActive(organizationId);
      if (other === undefined) {
        await stores.encryptionKeys.insert(key);
      }
      return other ?? key;
    });
  }

  async #makeKey(organizationId: string): Promise<EncryptionKey> {
    const { masterKey, random, clock } = this.#deps;
    const id = makeIdentifier("dek", random);
    const bytes = random.bytes(32);
    const wrapped = await masterKey.wrap(bytes, wrapContext(organizationId, id));
    return {
      id,
      organizationId,
      masterKeyId: masterKey.currentId,
      wrapped,
      isActive: true,
      createdAtMs: clock.nowMs(),
    };
  }

  async #unwrap(key: EncryptionKey): Promise<Secret<Uint8Array>> {
    const known = this.#keys.get(key.id);
    if (known !== undefined) {
      return known;
    }
    const bytes = await this.#deps.masterKey.unwrap(
      key.masterKeyId,
      key.wrapped,
      wrapContext(key.organizationId, key.id),
    );
    const secret = new Secret(bytes);
    if (this.#keys.size >= keysKeptMax) {
      this.#keys.clear();
    }
    this.#keys.set(key.id, secret);
    return secret;
  }
}

async function retire(stores: Stores, organizationId: string): Promise<void> {
  const active = await stores.encryptionKeys.findActive(organizationId);
  if (active !== undefined) {
    await stores.encryptionKeys.update({ ...active, isActive: false });
  }
}

/** What binds a wrapped key to its organization and id. */
export function wrapContext(organizationId: string, keyId: string): Buffer {
  return joinWithLengths(["holdfast organization key", organizationId, keyId]);
}

function additionalData(identity: RecordIdentity, keyId: string): Buffer {
  return joinWithLengths([
    "holdfast record",
    identity.organizationId,
    identity.table,
    identity.recordId,
    identity.field,
    String(identity.version),
    keyId,
  ]);
}
