import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build, type Plugin } from "esbuild";

const root = join(import.meta.dirname, "..", "..");

/** CommonJS packages inside of an ES module ask for `require`; it is made as Node itself would. */
const requireForPackages =
  'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);';

/**
 * Asks for zod's parts instead of its one object with everything, so that what nobody uses, such as its
 * messages in fifty languages, stays out.
 */
const wholeNamespaceOfZod: Plugin = {
  name: "whole-namespace-of-zod",
  setup: (hooks) => {
    hooks.onLoad(
      // Sources of ours alone are TypeScript: packages come as JavaScript. Go, which reads this, knows no lookahead.
      { filter: /\/(?:foundation|protocol|runner)\/[^.].*\.ts$/ },
      async ({ path }) => ({
        contents: (await readFile(path, "utf8")).replace(
          'import { z } from "zod";',
          'import * as z from "zod";',
        ),
        loader: "ts",
      }),
    );
  },
};

/**
 * grpc-js reads a description of its own debugging service with protobufjs as soon as somebody serves it.
 * Nobody serves it here; the two packages would be a tenth of a runner.
 */
const noChannelz: Plugin = {
  name: "no-channelz",
  setup: (hooks) => {
    hooks.onResolve({ filter: /^@grpc\/proto-loader$/ }, () => ({
      path: "no-channelz",
      namespace: "no-channelz",
    }));
    hooks.onLoad({ filter: /.*/, namespace: "no-channelz" }, () => ({
      contents: "exports.loadSync = () => { throw new Error('nothing is served'); };",
    }));
  },
};

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
    plugins: [wholeNamespaceOfZod, noChannelz],
    logLevel: "error",
    chunkNames: "chunks/[name]-[hash]",
  });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), '{"type":"module"}\n');
}
