import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Root of the repository. */
export const root: string = join(import.meta.dirname, "../..");

/** A file of the repository. */
export interface SourceFile {
  /** From the root, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** Files that git tracks, or would if they were added, whose path matches. */
export function filesOf(matches: RegExp): readonly SourceFile[] {
  const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  return listed
    .split("\n")
    .filter((path) => path !== "" && matches.test(path) && existsSync(join(root, path)))
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

/** Our own source, without generated code and tests. */
export const shippedFiles: readonly SourceFile[] = filesOf(
  /^(foundation|protocol|control-plane|runner|components|stacks|cli)\/.*\.ts$/,
).filter(({ path }) => !path.includes("/generated/") && !path.endsWith(".test.ts"));
