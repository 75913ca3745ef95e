import { Failure } from "@holdfast/foundation/failure.ts";
import type { Random } from "@holdfast/foundation/random.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import { z } from "zod";
import { readPrivateFile, writePrivateFile } from "../authority/private-files.ts";

const pepperBytes = 32;

/**
 * The keys that API keys are digested under. They are kept apart from the store, so that somebody who
 * has the store alone can neither check a guess nor make a digest that would be accepted.
 */
export interface Peppers {
  /** What new keys are digested under. */
  readonly active: { readonly id: string; readonly pepper: Secret<Uint8Array> };
  /** Undefined for one that is no longer kept. */
  find(id: string): Secret<Uint8Array> | undefined;
}

const pepperFile = z.strictObject({
  version: z.literal(1),
  active: z.string(),
  peppers: z.record(z.string(), z.base64()),
});

/** Where the peppers are, and whether they may be made. */
export interface PepperFileOptions {
  /** A file with mode 0600. */
  readonly path: string;
  readonly random: Random;
  /** True on the first start only: without its pepper, every API key is lost. */
  readonly mayMake: boolean;
}

/**
 * Reads the peppers, and makes the first one if there is no file yet and that is allowed.
 *
 * @throws {Failure} `store.unreadable` if the file is missing or damaged; `store.insecure_mode` if others
 *   may read it.
 */
export function openPeppers(options: PepperFileOptions): Peppers {
  const text = readPrivateFile(options.path) ?? makeFile(options);
  const content = pepperFile.safeParse(parseJson(text));
  const pepper = content.data?.peppers[content.data.active];
  if (!content.success || pepper === undefined) {
    throw new Failure("store.unreadable", `${options.path} does not hold peppers.`);
  }
  const { active, peppers } = content.data;
  return {
    active: { id: active, pepper: decode(pepper) },
    find: (id) => {
      const found = Object.hasOwn(peppers, id) ? peppers[id] : undefined;
      return found === undefined ? undefined : decode(found);
    },
  };
}

function makeFile({ path, random, mayMake }: PepperFileOptions): string {
  if (!mayMake) {
    throw new Failure(
      "store.unreadable",
      `${path} is missing: put it back from a backup, since no API key can be checked without it.`,
    );
  }
  const pepper = Buffer.from(random.bytes(pepperBytes)).toString("base64");
  const content = { version: 1, active: "pepper-1", peppers: { "pepper-1": pepper } };
  const text = `${JSON.stringify(content, undefined, 2)}\n`;
  writePrivateFile(path, text);
  return text;
}

function decode(pepper: string): Secret<Uint8Array> {
  return new Secret(new Uint8Array(Buffer.from(pepper, "base64")));
}

/** Undefined if it is no JSON: the parser's message would quote the file. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
