import { cp, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { PartFailure } from "../parts/part-failure.ts";

const root = join(import.meta.dirname, "..", "..");

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
}

/**
 * Copies packages and everything that they depend on from this repository's own installation, so that
 * what is in an image is what the lock file says.
 *
 * @throws {PartFailure} if one of them is not installed.
 */
export async function copyPackages(names: readonly string[], target: string): Promise<void> {
  const folders = new Set<string>();
  for (const name of names) {
    await collect(name, join(root, "package.json"), folders);
  }
  for (const folder of folders) {
    const inside = relative(join(root, "node_modules"), folder);
    await cp(folder, join(target, inside), {
      recursive: true,
      // Nested packages are collected on their own; types and sources for people run nothing.
      filter: (source) =>
        !/\/node_modules(?:\/|$)/.test(source.slice(folder.length)) &&
        !/\.(?:d\.ts|map|md|ts\.snap)$/.test(source),
    });
  }
}

async function collect(name: string, from: string, folders: Set<string>): Promise<void> {
  const folder = findPackage(name, from);
  if (folders.has(folder)) {
    return;
  }
  folders.add(folder);
  const path = join(folder, "package.json");
  const { dependencies = {} } = JSON.parse(await readFile(path, "utf8")) as Manifest;
  for (const dependency of Object.keys(dependencies)) {
    await collect(dependency, path, folders);
  }
}

/** Looked for as Node looks, without asking the package what it exports. */
function findPackage(name: string, from: string): string {
  for (const place of createRequire(from).resolve.paths(name) ?? []) {
    try {
      return dirname(createRequire(from).resolve(join(place, name, "package.json")));
    } catch {
      // Not in this place: the next one is farther up.
    }
  }
  throw new PartFailure(`The package ${name} is not installed.`, { advice: "run `npm ci`." });
}
