import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { TestRandom } from "../../test/support/test-random.ts";
import type { World } from "../world.ts";
import { type Config, configPath, emptyConfig, readConfig, writeConfig } from "./context-file.ts";

let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-context-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const config: Config = {
  version: 1,
  current: "prod",
  contexts: { prod: { endpoint: "holdfast.example.com:8444", apiKeyFile: "/k" } },
};

test("contexts are read as they were written, and only their owner can read them", async () => {
  const path = join(folder, "holdfast", "config.json");
  await writeConfig(path, config, new TestRandom());
  expect(await readConfig(path)).toEqual(config);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test("no file means no contexts", async () => {
  expect(await readConfig(join(folder, "none.json"))).toEqual(emptyConfig);
});

test.each([
  ["not JSON", "{"],
  ["a key in the file", JSON.stringify({ ...config, apiKey: "hf_x" })],
  [
    "an endpoint without a port",
    JSON.stringify({ version: 1, contexts: { a: { endpoint: "x", apiKeyFile: "/k" } } }),
  ],
  [
    "a name that is none",
    JSON.stringify({ version: 1, contexts: { "A b": config.contexts["prod"] } }),
  ],
])("%s is refused", async (_name, text) => {
  const path = join(folder, "config.json");
  await writeFile(path, text);
  await expect(readConfig(path)).rejects.toMatchObject({ code: "settings.invalid" });
});

test("the file stands where the variables say, and an empty variable counts as unset", () => {
  const world = (environment: Record<string, string>): World =>
    ({ environment, homeFolder: "/home/a" }) as unknown as World;
  expect(configPath(world({ HOLDFAST_CONFIG: "/x.json" }))).toBe("/x.json");
  expect(configPath(world({ XDG_CONFIG_HOME: "/c" }))).toBe("/c/holdfast/config.json");
  expect(configPath(world({ XDG_CONFIG_HOME: "", HOLDFAST_CONFIG: "" }))).toBe(
    "/home/a/.config/holdfast/config.json",
  );
});
