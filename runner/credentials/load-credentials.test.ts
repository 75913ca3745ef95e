import { chmod, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inspect } from "node:util";
import { Failure } from "@holdfast/foundation/failure.ts";
import { formatCredentialsFile } from "@holdfast/protocol/identity/credentials-file.ts";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import { testCredentials } from "../../test/support/test-credentials.ts";
import { loadCredentials } from "./load-credentials.ts";

const userId = process.getuid?.() ?? 0;

async function writeCredentials(mode: number): Promise<string> {
  const path = join(await temporaryFolder(), "runner.json");
  await writeFile(path, formatCredentialsFile(testCredentials()));
  await chmod(path, mode);
  return path;
}

async function codeOf(loading: Promise<unknown>): Promise<string> {
  try {
    await loading;
  } catch (error) {
    return error instanceof Failure ? error.code : String(error);
  }
  return "loaded";
}

test("a credentials file that is its owner's alone is read", async () => {
  const path = await writeCredentials(0o600);
  const { credentials, mark } = await loadCredentials(path, userId);
  expect(credentials.runner.name).toBe("prod");
  expect(mark).toMatch(/^[0-9a-f]{64}$/);
  expect(inspect(credentials)).not.toContain("canary");
});

test.each([0o640, 0o604, 0o620, 0o644])(
  "a credentials file of ours that others may read or change is refused (mode %o)",
  async (mode) => {
    expect(await codeOf(loadCredentials(await writeCredentials(mode), userId))).toBe(
      "credentials.unreadable",
    );
  },
);

test("a secret that Kubernetes mounts is read through the group of the pod, and through links", async () => {
  const path = await writeCredentials(0o440);
  const link = `${path}.link`;
  await symlink(path, link);
  // The file's owner is another user from the point of view of a container that is not root.
  expect(await codeOf(loadCredentials(link, userId + 1))).toBe("loaded");
});

test.each([0o444, 0o460, 0o644])(
  "a mounted secret that the world may read or the group may change is refused (mode %o)",
  async (mode) => {
    const failing = loadCredentials(await writeCredentials(mode), userId + 1);
    await expect(failing).rejects.toThrow("defaultMode: 0440");
  },
);

test("a file that is not there, not JSON or too large is refused by its reason", async () => {
  const folder = await temporaryFolder();
  const write = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  expect(await codeOf(loadCredentials(join(folder, "none"), userId))).toBe(
    "credentials.unreadable",
  );
  expect(await codeOf(loadCredentials(await write("text", "canary"), userId))).toBe(
    "credentials.invalid",
  );
  expect(await codeOf(loadCredentials(await write("large", " ".repeat(300_000)), userId))).toBe(
    "credentials.invalid",
  );
});
