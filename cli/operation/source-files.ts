import type { Dirent } from "node:fs";
import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import { Failure } from "@holdfast/foundation/failure.ts";
import { hasCode } from "../files/private-file.ts";
import { IgnoreRules } from "./ignore-rules.ts";

/** One file or symbolic link of a program, in the order of the archive. */
export interface SourceFile {
  /** From the program's folder, with `/`. */
  readonly path: string;
  readonly isExecutable: boolean;
  /** What a symbolic link points at; it stays within the program. */
  readonly linkTarget?: string;
}

/** Never part of a program: what is installed, and what belongs to this machine. */
const alwaysLeftOut: ReadonlySet<string> = new Set([
  ".git",
  ".holdfast",
  "node_modules",
  ".venv",
  "__pycache__",
  ".DS_Store",
]);

const ignoreFiles = [".holdfastignore", ".gitignore"] as const;
const filesMax = 20_000;

/**
 * Lists the files of a program's folder, sorted by path: all but installed packages and what its
 * `.holdfastignore`, or else its `.gitignore`, leaves out.
 *
 * @throws {Failure} `pulumi.source_invalid` if there is no Pulumi.yaml, a link leads out of the folder, or
 *   there are more than 20,000 files.
 */
export async function listSourceFiles(folder: string): Promise<readonly SourceFile[]> {
  const rules = new IgnoreRules(await readIgnoreFile(folder));
  const files: SourceFile[] = [];
  await walk({ root: folder, rules, files }, "");
  const names = new Set(files.map(({ path }) => path));
  if (!names.has("Pulumi.yaml") && !names.has("Pulumi.yml") && !names.has("Pulumi.json")) {
    throw new Failure("pulumi.source_invalid", `There is no Pulumi.yaml in ${folder}.`);
  }
  return files;
}

async function readIgnoreFile(folder: string): Promise<string> {
  for (const name of ignoreFiles) {
    try {
      return await readFile(join(folder, name), "utf8");
    } catch (cause) {
      if (!hasCode(cause, "ENOENT") && !hasCode(cause, "ENOTDIR")) {
        throw new Failure("cli.file_unreadable", `${join(folder, name)} cannot be read.`, {
          cause,
        });
      }
    }
  }
  return "";
}

interface Walk {
  readonly root: string;
  readonly rules: IgnoreRules;
  readonly files: SourceFile[];
}

async function walk(walking: Walk, inside: string): Promise<void> {
  const { root, rules } = walking;
  for (const entry of await entriesOf(join(root, inside))) {
    const path = inside === "" ? entry.name : `${inside}/${entry.name}`;
    if (!alwaysLeftOut.has(entry.name) && !rules.isIgnored(path, entry.isDirectory())) {
      await add(walking, path, entry);
    }
  }
}

async function add(walking: Walk, path: string, entry: Dirent): Promise<void> {
  const { root, files } = walking;
  if (entry.isDirectory()) {
    await walk(walking, path);
  } else if (entry.isFile() || entry.isSymbolicLink()) {
    files.push(await describe(root, path, entry.isSymbolicLink()));
  }
  if (files.length > filesMax) {
    throw new Failure("pulumi.source_invalid", `${root} has more than ${filesMax} files.`);
  }
}

async function entriesOf(folder: string) {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    // By code unit, which is the same everywhere.
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (cause) {
    throw new Failure("cli.file_unreadable", `The folder ${folder} cannot be read.`, { cause });
  }
}

async function describe(root: string, path: string, isLink: boolean): Promise<SourceFile> {
  if (!isLink) {
    const { mode } = await lstat(join(root, path));
    return { path, isExecutable: (mode & 0o100) !== 0 };
  }
  const linkTarget = await readlink(join(root, path));
  const target = normalize(join(dirname(path), linkTarget));
  if (linkTarget.startsWith("/") || target === ".." || target.startsWith("../")) {
    throw new Failure("pulumi.source_invalid", `The link ${path} leads out of the program.`);
  }
  return { path, isExecutable: false, linkTarget };
}
