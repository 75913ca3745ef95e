import { mkdir, realpath, symlink } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../parts/run.ts";
import { librariesOf, stageCopy } from "./stage-runner.ts";

/**
 * The programs of Git that check out a commit over HTTPS: Git's own commands are all in the one, and what speaks HTTP
 * is the other.
 */
export async function gitPrograms(): Promise<readonly string[]> {
  const advice = "install Git: the image with the Pulumi CLI carries it.";
  const { stdout } = await run("git", ["--exec-path"], { advice });
  return ["git", "git-remote-https"].map((name) => join(stdout.trim(), name));
}

/** Lays out Git where this machine has it, with the libraries that Node has not brought, and on the search path. */
export async function stageGit(folder: string): Promise<void> {
  const there = new Set(await librariesOf(process.execPath));
  const programs = await gitPrograms();
  for (const program of programs) {
    await stageCopy(folder, program, await realpath(program), 0o755);
    for (const library of await librariesOf(program)) {
      if (!there.has(library)) {
        there.add(library);
        await stageCopy(folder, library, await realpath(library), 0o755);
      }
    }
  }
  await mkdir(join(folder, "usr/bin"), { recursive: true });
  await symlink(programs[0] ?? "", join(folder, "usr/bin/git"));
}
