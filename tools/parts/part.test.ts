import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type PartRecipe, providePart } from "./part.ts";

let cache = "";

beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), "holdfast-parts-"));
  vi.stubEnv("XDG_CACHE_HOME", cache);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(cache, { recursive: true, force: true });
});

async function writeProgram(folder: string, text: string): Promise<void> {
  await writeFile(join(folder, "tool"), text);
  await chmod(join(folder, "tool"), 0o755);
}

/** A recipe that notes its steps. */
function describeRecipe(steps: string[], changes: Partial<PartRecipe> = {}): PartRecipe {
  return {
    name: "tool",
    version: "1.0.0",
    programs: ["tool"],
    download: async (folder) => {
      steps.push("download");
      await writeProgram(folder, "downloaded");
    },
    build: async (folder) => {
      steps.push("build");
      await writeProgram(folder, "built");
    },
    verify: async () => {
      steps.push("verify");
      return await Promise.resolve();
    },
    ...changes,
  };
}

async function fail(): Promise<never> {
  return await Promise.reject(new Error("no such host"));
}

const silent = (): void => undefined;

describe("a part", () => {
  test("the vendor's download comes before a build, and is verified", async () => {
    const steps: string[] = [];
    const folder = await providePart(describeRecipe(steps), silent);
    expect(folder).toBe(join(cache, "holdfast", "parts", "tool-1.0.0"));
    expect(steps).toEqual(["download", "verify"]);
  });

  test("what is there already is not brought again", async () => {
    const steps: string[] = [];
    await providePart(describeRecipe(steps), silent);
    await providePart(describeRecipe(steps), silent);
    expect(steps).toEqual(["download", "verify"]);
  });

  test("an installation of the same version is taken as it is", async () => {
    const steps: string[] = [];
    const recipe = describeRecipe(steps, {
      findInstalled: async () => await Promise.resolve("/opt/tool"),
    });
    expect(await providePart(recipe, silent)).toBe("/opt/tool");
    expect(steps).toEqual([]);
  });

  test("what cannot be downloaded is built, without a word", async () => {
    const steps: string[] = [];
    const lines: string[] = [];
    await providePart(describeRecipe(steps, { download: fail }), (line) => lines.push(line));
    expect(steps).toEqual(["build", "verify"]);
    expect(lines).toEqual([]);
  });

  test("HOLDFAST_PARTS_OFFICIAL=never goes straight to the build", async () => {
    vi.stubEnv("HOLDFAST_PARTS_OFFICIAL", "never");
    const steps: string[] = [];
    await providePart(describeRecipe(steps), silent);
    expect(steps).toEqual(["build", "verify"]);
  });

  test("what fails the check of its version is never kept", async () => {
    const recipe = describeRecipe([], { verify: fail });
    await expect(providePart(recipe, silent)).rejects.toThrow("not to be downloaded");
    expect(await readdir(join(cache, "holdfast", "parts"))).toEqual([]);
  });

  test("runs at the same time bring it once", async () => {
    const steps: string[] = [];
    const runs = Array.from({ length: 5 }, async () => {
      return await providePart(describeRecipe(steps), silent);
    });
    await Promise.all(runs);
    expect(steps).toEqual(["download", "verify"]);
  });

  test("what an interrupted run left is removed", async () => {
    const parts = join(cache, "holdfast", "parts");
    await mkdir(join(parts, "tool-1.0.0.partial-1"), { recursive: true });
    await providePart(describeRecipe([]), silent);
    expect(await readdir(parts)).toEqual(["tool-1.0.0"]);
  });
});
