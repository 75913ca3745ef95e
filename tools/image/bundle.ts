import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";

const root = join(import.meta.dirname, "..", "..");

/** CommonJS packages inside of an ES module ask for `require`; it is made as Node itself would. */
const requireForPackages =
  'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);';

/**
 * Bundles a program with all its packages into ES modules: one to begin with, and one for each part that
 * is loaded only when it is used.
 *
 * @param entry path from the root of the repository, such as `runner/main.ts`; it becomes `main.js`.
 */
export async function bundle(entry: string, folder: string): Promise<void> {
  await build({
    entryPoints: { main: join(root, entry) },
    outdir: folder,
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    target: "node22",
    minify: true,
    // Names of errors and classes stand in logs.
    keepNames: true,
    legalComments: "linked",
    banner: { js: requireForPackages },
    logLevel: "error",
    chunkNames: "chunks/[name]-[hash]",
  });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), '{"type":"module"}\n');
}
