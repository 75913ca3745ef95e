import { Failure } from "@holdfast/foundation/failure.ts";
import type { Random } from "@holdfast/foundation/random.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import type { Storage, Stores } from "../stores.ts";
import type { OrganizationKey, OrganizationKeys } from "./organization-keys.ts";
import { openBytes, sealBytes } from "./seal-bytes.ts";
import { boundTo, formatSealedValue, parseSealedValue } from "./sealed-value.ts";
import type { RecordIdentity, Sealer } from "./sealer.ts";

/** What {@link EnvelopeSealer} needs. */
export interface SealerDependencies {
  readonly storage: Storage;
  readonly keys: OrganizationKeys;
  readonly random: Random;
}

/**
 * Encrypts records with their organization's key, which the master key wraps. `seal` and `open` read the
 * store: inside a transaction, use {@link EnvelopeSealer.resealWithin}.
 */
export class EnvelopeSealer implements Sealer {
  readonly #deps: SealerDependencies;

  constructor(deps: SealerDependencies) {
    this.#deps = deps;
  }

  async seal(identity: RecordIdentity, value: Secret<string>): Promise<Uint8Array> {
    const key = await this.#deps.keys.active(identity.organizationId);
    return this.#sealUnder(key, identity, value);
  }

  async open(identity: RecordIdentity, sealed: Uint8Array): Promise<Secret<string>> {
    return await this.#openWithin(this.#deps.storage.read, identity, sealed);
  }

  /**
   * Seals a value anew under the organization's active key; undefined if it is under it already.
   *
   * @throws {Failure} `secret.undecryptable` if it does not open.
   */
  async resealWithin(
    stores: Stores,
    identity: RecordIdentity,
    sealed: Uint8Array,
  ): Promise<Uint8Array | undefined> {
    const key = await this.#deps.keys.activeWithin(stores, identity.organizationId);
    if (parseSealedValue(sealed)?.keyId === key.id) {
      return undefined;
    }
    return this.#sealUnder(key, identity, await this.#openWithin(stores, identity, sealed));
  }

  #sealUnder(
    { id, key }: OrganizationKey,
    identity: RecordIdentity,
    value: Secret<string>,
  ): Uint8Array {
    const body = sealBytes(key, Buffer.from(value.expose(), "utf8"), {
      aad: boundTo(identity, id),
      random: this.#deps.random,
    });
    return formatSealedValue({ keyId: id, body });
  }

  async #openWithin(
    stores: Stores,
    identity: RecordIdentity,
    sealed: Uint8Array,
  ): Promise<Secret<string>> {
    const value = parseSealedValue(sealed);
    if (value === undefined) {
      throw undecryptable(undefined);
    }
    const key = await this.#deps.keys.find(stores, identity.organizationId, value.keyId);
    try {
      const plain = openBytes(key, value.body, boundTo(identity, value.keyId));
      return new Secret(Buffer.from(plain).toString("utf8"));
    } catch (error) {
      throw undecryptable(error);
    }
  }
}

function undecryptable(cause: unknown): Failure {
  return new Failure(
    "secret.undecryptable",
    "The value does not open: it was sealed for another record, or it was changed.",
    { cause },
  );
}
