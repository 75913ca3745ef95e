import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const ours = createRequire(import.meta.url);

/** A file of the Pulumi SDK: that of the program in `folder`, or ours where it brings none. */
export function resolveSdkFile(folder: string, file: string): string {
  const name = `@pulumi/pulumi/${file}`;
  try {
    return createRequire(join(folder, "package.json")).resolve(name);
  } catch {
    return ours.resolve(name);
  }
}

/** The packages that the program in `folder` names in its package.json, with the versions it asks for. */
export function readDependencies(folder: string): ReadonlyMap<string, string> {
  const path = join(folder, "package.json");
  const manifest = existsSync(path) ? readFileSync(path, "utf8") : "{}";
  const { dependencies = {} } = JSON.parse(manifest) as { dependencies?: Record<string, string> };
  return new Map(Object.entries(dependencies));
}

/** Whether a program in `folder` finds the package: its own, a workspace's or a linked one. */
export function isInstalled(folder: string, name: string): boolean {
  const above = dirname(folder);
  return (
    existsSync(join(folder, "node_modules", name)) || (above !== folder && isInstalled(above, name))
  );
}
