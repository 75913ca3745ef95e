import { mkdir, rename, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { formatCredentialsFile } from "@holdfast/protocol/identity/credentials-file.ts";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../../test/support/eventually.ts";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import { TestClock } from "../../test/support/test-clock.ts";
import { testCredentials } from "../../test/support/test-credentials.ts";
import { loadCredentials } from "./load-credentials.ts";
import { type CredentialsChange, lookEveryMs, watchCredentials } from "./watch-credentials.ts";

const userId = process.getuid?.() ?? 0;

interface Watch {
  next(): Promise<CredentialsChange>;
}

/** Watches `path` and lets time pass until something is told. */
async function watch(path: string): Promise<Watch> {
  const clock = new TestClock();
  const stop = new AbortController();
  const { mark } = await loadCredentials(path, userId);
  const changes = watchCredentials({ path, userId, clock, mark }, stop.signal);
  onTestFinished(() => stop.abort());
  return {
    next: async () => {
      const told = changes.next();
      const state = { isTold: false };
      void told.then(() => {
        state.isTold = true;
      });
      await eventually(async () => {
        await clock.advance(lookEveryMs);
        return state.isTold;
      });
      const { value } = await told;
      if (value === undefined) {
        throw new Error("the watch has ended");
      }
      return value;
    },
  };
}

async function write(path: string, generation: number): Promise<void> {
  const text = formatCredentialsFile(testCredentials({ generation }));
  await writeFile(`${path}.new`, text, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

test("a replaced credentials file is told of, with its new content", async () => {
  const path = join(await temporaryFolder(), "runner.json");
  await write(path, 1);
  const watching = await watch(path);
  const next = watching.next();
  await write(path, 2);
  expect(await next).toMatchObject({
    kind: "changed",
    loaded: { credentials: { generation: 2 } },
  });
});

test("a secret that Kubernetes exchanges by swapping a link two folders up is told of", async () => {
  const folder = await temporaryFolder();
  for (const generation of [1, 2]) {
    await mkdir(join(folder, `..${generation}`));
    await write(join(folder, `..${generation}`, "runner.json"), generation);
  }
  await symlink("..1", join(folder, "..data"));
  await symlink(join("..data", "runner.json"), join(folder, "runner.json"));
  const watching = await watch(join(folder, "runner.json"));
  const next = watching.next();
  await symlink("..2", join(folder, "..data_tmp"));
  await rename(join(folder, "..data_tmp"), join(folder, "..data"));
  expect(await next).toMatchObject({ loaded: { credentials: { generation: 2 } } });
});

test("a broken file is told of once and by its reason, and a good one after it is taken", async () => {
  const path = join(await temporaryFolder(), "runner.json");
  await write(path, 1);
  const watching = await watch(path);
  const next = watching.next();
  await writeFile(path, "{", { mode: 0o600 });
  expect(await next).toMatchObject({ kind: "unusable", failure: { code: "credentials.invalid" } });
  const after = watching.next();
  await write(path, 3);
  expect(await after).toMatchObject({ loaded: { credentials: { generation: 3 } } });
});

test("a file that was only touched is not told of", async () => {
  const path = join(await temporaryFolder(), "runner.json");
  await write(path, 1);
  const watching = await watch(path);
  const next = watching.next();
  await write(path, 1);
  await write(path, 2);
  expect(await next).toMatchObject({ loaded: { credentials: { generation: 2 } } });
});
