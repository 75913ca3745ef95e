import { access, constants, readdir } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "@holdfast/foundation/failure.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import { type ChildEnd, type ChildParts, runChild } from "../../children/run-child.ts";
import { baseEnvironment } from "./child-environment.ts";
import { Masker } from "./masker.ts";
import type { PrivateFolder } from "./private-folder.ts";
import { checkTreeLinks } from "./source-archive.ts";

/** Bound of the files of a checkout. */
const entriesMax = 100_000;

/** A repository at a commit. */
export interface GitSource {
  /** https, ssh or file. */
  readonly url: string;
  /** 40 or 64 hexadecimal digits. */
  readonly commit: string;
  readonly username: string;
  readonly password: Secret<string> | undefined;
}

/** What reading a repository takes. */
export interface GitParts extends ChildParts {
  readonly searchPath: string;
  readonly signal: AbortSignal;
}

/**
 * Checks out one commit into the source folder.
 *
 * Git runs without the machine's and the user's configuration, without hooks, filters, submodules and
 * questions, with no protocol but https, ssh and file. A password goes to it in its environment, and
 * only for this repository's own address; redirects are not followed with it.
 *
 * @throws {Failure} `pulumi.source_invalid` with what Git says, masked; `pulumi.not_available` without Git.
 */
export async function checkOutCommit(
  source: GitSource,
  folder: PrivateFolder,
  parts: GitParts,
): Promise<void> {
  const git = await findGit(parts.searchPath);
  const run = async (...args: readonly string[]): Promise<ChildEnd> =>
    await runChild(
      {
        program: git,
        arguments: ["-C", folder.source, ...args],
        folder: folder.source,
        environment: gitEnvironment(source, folder, parts.searchPath),
      },
      parts,
      parts.signal,
    );
  const mustRun = async (...args: readonly string[]): Promise<void> => {
    const end = await run(...args);
    parts.signal.throwIfAborted();
    if (end.exitCode !== 0) {
      throw gitFailed(source, end);
    }
  };
  await mustRun("init", "--quiet", "--template=");
  const shallow = await run(...fetchOf(source, "--depth=1", source.commit));
  if (shallow.exitCode !== 0) {
    // Not every server gives a commit by its hash: then everything is fetched, and the commit is in it.
    await mustRun(...fetchOf(source, "+refs/heads/*:refs/remotes/origin/*"));
  }
  await mustRun("checkout", "--quiet", "--detach", source.commit);
  await checkTree(folder);
}

function fetchOf(source: GitSource, ...rest: readonly string[]): readonly string[] {
  const options = ["--quiet", "--no-tags", "--no-recurse-submodules"];
  const flags = rest.filter((word) => word.startsWith("--"));
  const refs = rest.filter((word) => !word.startsWith("--"));
  return ["fetch", ...options, ...flags, "--", source.url, ...refs];
}

async function findGit(searchPath: string): Promise<string> {
  for (const place of searchPath.split(":")) {
    const program = join(place, "git");
    const isThere = await access(program, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) {
      return program;
    }
  }
  throw new Failure(
    "pulumi.not_available",
    "The runner has no Git: send the program as an archive, or add Git to the runner's image.",
  );
}

function gitEnvironment(
  source: GitSource,
  folder: PrivateFolder,
  searchPath: string,
): Readonly<Record<string, string>> {
  const settings: readonly (readonly [string, string])[] = [
    ["core.hooksPath", "/dev/null"],
    ["core.fsmonitor", "false"],
    ["core.attributesFile", "/dev/null"],
    ["credential.helper", ""],
    ["http.followRedirects", "false"],
    ["gc.auto", "0"],
    ["maintenance.auto", "false"],
    ["advice.detachedHead", "false"],
    ...authorization(source),
  ];
  return {
    ...baseEnvironment(folder, searchPath),
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_ALLOW_PROTOCOL: "https:ssh:file",
    GIT_SSH_COMMAND: "ssh -o BatchMode=yes -o StrictHostKeyChecking=yes",
    GIT_CONFIG_COUNT: String(settings.length),
    ...Object.fromEntries(
      settings.flatMap(([key, value], index) => [
        [`GIT_CONFIG_KEY_${index}`, key],
        [`GIT_CONFIG_VALUE_${index}`, value],
      ]),
    ),
  };
}

/** The header for this address only (git-config(1), `http.<url>.*`). */
function authorization({ url, username, password }: GitSource): readonly [string, string][] {
  if (password === undefined) {
    return [];
  }
  const pair = Buffer.from(`${username}:${password.expose()}`).toString("base64");
  return [[`http.${url}.extraHeader`, `Authorization: Basic ${pair}`]];
}

async function checkTree(folder: PrivateFolder): Promise<void> {
  const links: string[] = [];
  let entries = 0;
  // By hand, because reading recursively would follow the very links that are to be checked.
  const folders = [folder.source];
  for (let place = folders.pop(); place !== undefined; place = folders.pop()) {
    for (const entry of await readdir(place, { withFileTypes: true })) {
      entries += 1;
      if (entries > entriesMax) {
        throw new Failure("pulumi.source_invalid", `The source has more than ${entriesMax} files.`);
      }
      const path = join(place, entry.name);
      if (entry.isDirectory()) {
        folders.push(path);
      } else if (entry.isSymbolicLink()) {
        links.push(path);
      }
    }
  }
  await checkTreeLinks(links, folder.source);
}

function gitFailed({ url, username, password }: GitSource, end: ChildEnd): Failure {
  const secrets =
    password === undefined
      ? []
      : [password, new Secret(Buffer.from(`${username}:${password.expose()}`).toString("base64"))];
  const said = new Masker(secrets).mask(end.errorText).trim().slice(-1_000);
  return new Failure("pulumi.source_invalid", `Git could not get the commit from ${url}: ${said}`);
}
