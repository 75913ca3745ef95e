import { Failure } from "@holdfast/foundation/failure.ts";
import { makeIdentifier } from "@holdfast/foundation/identifier.ts";
import type { Random } from "@holdfast/foundation/random.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import { z } from "zod";
import { readPrivateFile, writePrivateFile } from "../authority/private-files.ts";
import { decrypt, encrypt } from "./gcm.ts";
import type { MasterKey } from "./master-key.ts";

const masterKeyDocument = z.strictObject({
  version: z.literal(1),
  current: z.string().startsWith("kek_"),
  keys: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/)),
});

type MasterKeyDocument = z.output<typeof masterKeyDocument>;

/**
 * Opens the master key in a file of mode 0600, making it if it is missing.
 *
 * @throws {Failure} `store.insecure_mode`; `store.unreadable` if the file is not as we wrote it.
 */
export function openMasterKeyFile(path: string, random: Random): MasterKey {
  const text = readPrivateFile(path);
  let held = new Secret(text === undefined ? addKey(undefined, random) : parse(path, text));
  const save = (document: MasterKeyDocument): void => {
    writePrivateFile(path, `${JSON.stringify(document, null, 2)}\n`);
    held = new Secret(document);
  };
  if (text === undefined) {
    save(held.expose());
  }
  const keyOf = (id: string): Buffer => {
    const { keys } = held.expose();
    const hex = Object.hasOwn(keys, id) ? keys[id] : undefined;
    if (hex === undefined) {
      throw new Failure("secret.undecryptable", "The master key that wraps this value is missing.");
    }
    return Buffer.from(hex, "hex");
  };
  return {
    get currentId() {
      return held.expose().current;
    },
    wrap: async (key, context) =>
      await Promise.resolve(encrypt(keyOf(held.expose().current), key, context, random)),
    unwrap: async (masterKeyId, wrapped, context) =>
      await Promise.resolve(decrypt(keyOf(masterKeyId), wrapped, context)),
    advance: async () => {
      save(addKey(held.expose(), random));
      return await Promise.resolve(held.expose().current);
    },
    forgetEarlier: async () => {
      const { current, keys } = held.expose();
      const key = keys[current] ?? "";
      save({ version: 1, current, keys: { [current]: key } });
      await Promise.resolve();
    },
  };
}

function addKey(present: MasterKeyDocument | undefined, random: Random): MasterKeyDocument {
  const id = makeIdentifier("kek", random);
  const key = Buffer.from(random.bytes(32)).toString("hex");
  return { version: 1, current: id, keys: { ...present?.keys, [id]: key } };
}

function parse(path: string, text: string): MasterKeyDocument {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // The parser's message quotes the text, which is secret; what is not an object is refused below.
  }
  const read = masterKeyDocument.safeParse(json);
  if (!read.success || !Object.hasOwn(read.data.keys, read.data.current)) {
    throw new Failure("store.unreadable", `${path} is not as the control plane wrote it.`);
  }
  return read.data;
}
