import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A repository of Git on this machine. */
export interface TestRepository {
  readonly folder: string;
  /** Commits everything that is in the folder, ignored files as well. @returns the commit's hash. */
  commitAll(): Promise<string>;
}

/** Makes an empty repository in a folder, which is made if it is not there. */
export async function makeTestRepository(folder: string): Promise<TestRepository> {
  await mkdir(folder, { recursive: true });
  const git = async (...words: readonly string[]): Promise<string> =>
    (await run("git", ["-c", "user.name=t", "-c", "user.email=t@t", ...words], { cwd: folder }))
      .stdout;
  await git("init", "--quiet");
  return {
    folder,
    commitAll: async () => {
      await git("add", "--all", "--force");
      await git("commit", "--quiet", "--message", "One");
      return (await git("rev-parse", "HEAD")).trim();
    },
  };
}
