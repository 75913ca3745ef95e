import { Failure } from "@holdfast/foundation/failure.ts";
import { randomDigits } from "@holdfast/foundation/identifier.ts";
import type { Random } from "@holdfast/foundation/random.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import { z } from "zod";
import { readPrivateFile, writePrivateFile } from "../authority/private-files.ts";

const pepperFile = z.strictObject({
  version: z.literal(1),
  current: z.string().min(1),
  peppers: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/)),
});

/** Keys of the digests of API keys. They are kept outside of the database: its rows alone prove nothing. */
export interface Peppers {
  /** Id of the pepper that new keys use. */
  readonly currentId: string;
  /** @returns undefined if there is no such pepper any more: its keys are refused. */
  find(id: string): Secret<Buffer> | undefined;
}

/**
 * Reads the peppers from a file of mode 0600, making it if it is missing.
 *
 * @throws {Failure} `store.insecure_mode`; `store.unreadable` if the file is not as we wrote it.
 */
export function openPeppers(path: string, random: Random): Peppers {
  const text = readPrivateFile(path) ?? makePepperFile(path, random);
  const read = pepperFile.safeParse(parseJson(text));
  if (!read.success || !Object.hasOwn(read.data.peppers, read.data.current)) {
    throw new Failure("store.unreadable", `${path} is not as the control plane wrote it.`);
  }
  const { current, peppers } = read.data;
  return {
    currentId: current,
    find: (id) => {
      const hex = Object.hasOwn(peppers, id) ? peppers[id] : undefined;
      return hex === undefined ? undefined : new Secret(Buffer.from(hex, "hex"));
    },
  };
}

function makePepperFile(path: string, random: Random): string {
  const current = `pep_${randomDigits(8, random)}`;
  const document = {
    version: 1,
    current,
    peppers: { [current]: Buffer.from(random.bytes(32)).toString("hex") },
  };
  const text = `${JSON.stringify(document, null, 2)}\n`;
  writePrivateFile(path, text);
  return text;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes the text, which is secret; the caller refuses what is not an object.
    return undefined;
  }
}
