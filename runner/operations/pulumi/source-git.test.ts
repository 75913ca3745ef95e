import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "@holdfast/foundation/failure.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import { SystemClock } from "@holdfast/foundation/system/system-clock.ts";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../../test/support/temporary-folder.ts";
import { makeTestRepository } from "../../../test/support/test-repository.ts";
import { ChildSessions } from "../../children/child-sessions.ts";
import { makePrivateFolder, type PrivateFolder } from "./private-folder.ts";
import { checkOutCommit, type GitSource } from "./source-git.ts";

/** A repository on this machine with one commit, made by `fill`. */
async function repositoryWith(fill: (folder: string) => Promise<void>): Promise<GitSource> {
  const repository = await makeTestRepository(join(await temporaryFolder(), "repository"));
  await fill(repository.folder);
  const commit = await repository.commitAll();
  return { url: `file://${repository.folder}`, commit, username: "", password: undefined };
}

async function checkOut(
  source: GitSource,
  searchPath = "/usr/bin:/bin",
): Promise<{ readonly folder: PrivateFolder; readonly code: string; readonly message: string }> {
  const folder = await makePrivateFolder(await temporaryFolder(), "op_1");
  const parts = {
    clock: new SystemClock(),
    sessions: new ChildSessions(),
    searchPath,
    signal: new AbortController().signal,
  };
  try {
    await checkOutCommit(source, folder, parts);
  } catch (error) {
    if (!(error instanceof Failure)) {
      throw error;
    }
    return { folder, code: error.code, message: error.message };
  }
  return { folder, code: "", message: "" };
}

test("the very commit that was asked for is checked out", async () => {
  const source = await repositoryWith(async (folder) => {
    await writeFile(join(folder, "Pulumi.yaml"), "one");
  });
  const { folder, code } = await checkOut(source);
  expect(code).toBe("");
  expect(await readFile(join(folder.source, "Pulumi.yaml"), "utf8")).toBe("one");
});

test("nothing that a repository brings runs while it is checked out", async () => {
  const source = await repositoryWith(async (folder) => {
    await writeFile(join(folder, ".gitattributes"), "* filter=canary\n");
    await mkdir(join(folder, "hooks"));
    await writeFile(join(folder, "hooks", "post-checkout"), "#!/bin/sh\ntouch canary\n", {
      mode: 0o755,
    });
    await writeFile(
      join(folder, ".gitmodules"),
      '[submodule "s"]\n\tpath = s\n\turl = ext::touch canary\n',
    );
  });
  const { folder, code } = await checkOut(source);
  expect(code).toBe("");
  const names = await readdir(folder.source, { recursive: true });
  expect(names.filter((name) => name.includes("canary"))).toEqual([]);
});

test.each(["/etc/passwd", "../../outside", "nowhere"])(
  "a repository with a link to %s is refused, and the link is named",
  async (target) => {
    const source = await repositoryWith(async (folder) => {
      await mkdir(join(folder, "deep"));
      await symlink(target, join(folder, "deep", "link"));
    });
    const { code, message } = await checkOut(source);
    expect(code).toBe("pulumi.source_invalid");
    expect(message).toContain("deep/link");
  },
);

test("a link in a circle ends the check and not the runner", async () => {
  const source = await repositoryWith(async (folder) => {
    await mkdir(join(folder, "deep"));
    await writeFile(join(folder, "deep", "file"), "x");
    await symlink("..", join(folder, "deep", "up"));
  });
  expect((await checkOut(source)).code).toBe("");
});

test("what Git says comes back, without the password", async () => {
  const source = await repositoryWith(async (folder) => {
    await writeFile(join(folder, "file"), "x");
  });
  const failed = await checkOut({ ...source, commit: "0".repeat(40) });
  expect(failed.code).toBe("pulumi.source_invalid");
  expect(failed.message).toContain("Git could not get the commit");
  const password = new Secret("canary-password");
  const unreachable = {
    url: "https://127.0.0.1:1/x",
    commit: source.commit,
    username: "u",
    password,
  };
  const refused = await checkOut(unreachable);
  expect(refused.code).toBe("pulumi.source_invalid");
  expect(refused.message).not.toContain("canary");
});

test("a protocol that would run a program is not spoken", async () => {
  const source = {
    url: "ext::touch canary",
    commit: "0".repeat(40),
    username: "",
    password: undefined,
  };
  const { folder, code } = await checkOut(source);
  expect(code).toBe("pulumi.source_invalid");
  expect(await readdir(folder.source)).toEqual([".git"]);
});

test("a runner without Git says so, and what to do instead", async () => {
  const source = { url: "file:///x", commit: "0".repeat(40), username: "", password: undefined };
  const { code, message } = await checkOut(source, "/nowhere");
  expect(code).toBe("pulumi.not_available");
  expect(message).toContain("as an archive");
});
