import type { Clock } from "@holdfast/foundation/clock.ts";
import { assert, Failure } from "@holdfast/foundation/failure.ts";
import { makeIdentifier } from "@holdfast/foundation/identifier.ts";
import type { Random } from "@holdfast/foundation/random.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import { z } from "zod";
import { readPrivateFile, writePrivateFile } from "../authority/private-files.ts";
import type { RotatableMasterKey, WrappedKeyIdentity } from "./master-key.ts";
import { encodeFields, openBytes, sealBytes } from "./seal-bytes.ts";

const keyBytes = 32;

const masterKeyFile = z.strictObject({
  version: z.literal(1),
  /** The newest last. */
  keys: z
    .array(
      z.strictObject({
        id: z.string().min(1),
        generation: z.int().min(1),
        created_at: z.iso.datetime(),
        key: z.base64(),
      }),
    )
    .min(1),
});

interface MasterKeyGeneration {
  readonly id: string;
  readonly generation: number;
  readonly createdAt: string;
  readonly key: Secret<Uint8Array>;
}

/** Where the master key is, and whether it may be made. */
export interface MasterKeyFileOptions {
  /** A file with mode 0600. */
  readonly path: string;
  readonly random: Random;
  readonly clock: Clock;
  /** True on the first start only: without its master key, everything encrypted is lost. */
  readonly mayMake: boolean;
}

/**
 * A master key in a file, for an installation without a key management service. Every use looks into
 * the file again, so that all processes that share it wrap under the same key as soon as one has
 * replaced it.
 *
 * @throws {Failure} `store.unreadable` if the file is missing or damaged; `store.insecure_mode` if others
 *   may read it.
 */
export function openMasterKeyFile(options: MasterKeyFileOptions): RotatableMasterKey {
  const { path, random } = options;
  if (readPrivateFile(path) === undefined) {
    makeFirst(options);
  }
  // Said at the start rather than at the first secret.
  readKeys(path);
  return {
    wrap: async (identity, key) => {
      const { id, key: master } = newestOf(readKeys(path));
      const aad = boundTo(identity, id);
      const wrapped = sealBytes(master, key.expose(), { aad, random });
      return await Promise.resolve({ masterKeyId: id, wrapped });
    },
    unwrap: async (identity, masterKeyId, wrapped) => {
      const master = readKeys(path).find(({ id }) => id === masterKeyId);
      if (master === undefined) {
        throw new Failure("secret.undecryptable", `${path} does not hold the key ${masterKeyId}.`);
      }
      return await Promise.resolve(unwrap(master, identity, wrapped));
    },
    advance: async () => {
      const keys = readKeys(path);
      const next = makeKey(options, newestOf(keys).generation + 1);
      writeKeys(path, [...keys, next]);
      return await Promise.resolve(next.id);
    },
    dropEarlier: async () => {
      writeKeys(path, [newestOf(readKeys(path))]);
      await Promise.resolve();
    },
  };
}

function unwrap(
  master: MasterKeyGeneration,
  identity: WrappedKeyIdentity,
  wrapped: Uint8Array,
): Secret<Uint8Array> {
  try {
    return new Secret(openBytes(master.key, wrapped, boundTo(identity, master.id)));
  } catch (error) {
    throw notUnwrapped(error);
  }
}

function notUnwrapped(cause: unknown): Failure {
  return new Failure(
    "secret.undecryptable",
    "The organization key does not unwrap: it is another's, or it was changed.",
    { cause },
  );
}

function boundTo(identity: WrappedKeyIdentity, masterKeyId: string): Uint8Array {
  return encodeFields([
    "holdfast.wrapped.v1",
    identity.organizationId,
    identity.keyId,
    masterKeyId,
  ]);
}

function makeFirst(options: MasterKeyFileOptions): void {
  if (!options.mayMake) {
    throw new Failure(
      "store.unreadable",
      `${options.path} is missing: put it back from a backup, since nothing encrypted opens without it.`,
    );
  }
  writeKeys(options.path, [makeKey(options, 1)]);
}

function makeKey({ random, clock }: MasterKeyFileOptions, generation: number): MasterKeyGeneration {
  return {
    id: makeIdentifier("kek", random),
    generation,
    createdAt: new Date(clock.nowMs()).toISOString(),
    key: new Secret(random.bytes(keyBytes)),
  };
}

function newestOf(keys: readonly MasterKeyGeneration[]): MasterKeyGeneration {
  const newest = keys.at(-1);
  assert(newest !== undefined, "a master key file holds at least one key");
  return newest;
}

function readKeys(path: string): readonly MasterKeyGeneration[] {
  const content = masterKeyFile.safeParse(parseJson(readPrivateFile(path) ?? ""));
  if (!content.success) {
    throw new Failure("store.unreadable", `${path} does not hold a master key.`);
  }
  return content.data.keys.map(({ id, generation, created_at, key }) => ({
    id,
    generation,
    createdAt: created_at,
    key: new Secret(new Uint8Array(Buffer.from(key, "base64"))),
  }));
}

function writeKeys(path: string, keys: readonly MasterKeyGeneration[]): void {
  const content = {
    version: 1,
    keys: keys.map(({ id, generation, createdAt, key }) => ({
      id,
      generation,
      created_at: createdAt,
      key: Buffer.from(key.expose()).toString("base64"),
    })),
  };
  writePrivateFile(path, `${JSON.stringify(content, undefined, 2)}\n`);
}

/** Undefined if it is no JSON: the parser's message would quote the file. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
