import { join } from "node:path";
import { Failure } from "@holdfast/foundation/failure.ts";
import { namePattern, nameRule } from "@holdfast/foundation/identifier.ts";
import type { Random } from "@holdfast/foundation/random.ts";
import { z } from "zod";
import { hasCode, readFileUpTo, replacePrivateFile } from "../files/private-file.ts";
import type { World } from "../world.ts";

/** One control plane that the command line knows. No secret is in it: the key is a file of its own. */
export const contextSchema = z.strictObject({
  endpoint: z
    .string()
    .regex(
      /^[^\s/:]+(?::\d{1,5})$|^\[[0-9a-fA-F:]+\]:\d{1,5}$/,
      "must be a host and port, such as holdfast.example.com:8444",
    ),
  caCertificateFile: z.string().min(1).optional(),
  apiKeyFile: z.string().min(1),
  organization: z.string().min(1).optional(),
});

const fileBytesMax = 1024 * 1024;

const configSchema = z.strictObject({
  version: z.literal(1),
  current: z.string().optional(),
  contexts: z.record(z.string().regex(namePattern, `must be ${nameRule}`), contextSchema),
});

/** Where a control plane is and how to prove oneself to it. */
export type Context = z.output<typeof contextSchema>;

/** The whole file. */
export type Config = z.output<typeof configSchema>;

/** What there is before anything was added. */
export const emptyConfig: Config = { version: 1, contexts: {} };

/** Where contexts are kept: `HOLDFAST_CONFIG`, or `holdfast/config.json` of the user's configuration folder. */
export function configPath({ environment, homeFolder }: World): string {
  const given = environment["HOLDFAST_CONFIG"];
  if (given !== undefined && given !== "") {
    return given;
  }
  // XDG Base Directory Specification: an empty variable counts as unset.
  const base = environment["XDG_CONFIG_HOME"];
  return join(
    base === undefined || base === "" ? join(homeFolder, ".config") : base,
    "holdfast",
    "config.json",
  );
}

/**
 * Reads the contexts; an absent file means none.
 *
 * @throws {Failure} `settings.invalid` if the file is not as this program writes it.
 */
export async function readConfig(path: string): Promise<Config> {
  const text = await readIfThere(path);
  return text === undefined ? emptyConfig : parse(text, path, configSchema);
}

/** Writes the contexts, 0600, whole or not at all. */
export async function writeConfig(path: string, config: Config, random: Random): Promise<void> {
  await replacePrivateFile(path, `${JSON.stringify(config, null, 2)}\n`, random);
}

/** Reads a file with one context, as `holdfast dev` leaves it; undefined if there is none. */
export async function readContext(path: string): Promise<Context | undefined> {
  const text = await readIfThere(path);
  return text === undefined ? undefined : parse(text, path, contextSchema);
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return new TextDecoder().decode(await readFileUpTo(path, fileBytesMax));
  } catch (error) {
    if (error instanceof Failure && hasCode(error.cause, "ENOENT")) {
      return undefined;
    }
    throw error;
  }
}

function parse<Value>(text: string, path: string, schema: z.ZodType<Value>): Value {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new Failure("settings.invalid", `${path} is not JSON.`, { cause });
  }
  const read = schema.safeParse(json);
  if (!read.success) {
    throw new Failure("settings.invalid", `${path} is not as it was written.`, {
      fields: read.error.issues.map((issue) => ({
        field: issue.path.join(".") || "(file)",
        problem: issue.message,
      })),
    });
  }
  return read.data;
}
