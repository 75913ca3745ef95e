#!/usr/bin/env node
// The way in. Plain JavaScript, so that the compile cache is on before the first type is stripped:
// loading what strips types costs more than the whole help.
import nodeModule from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";

if (process.features.typescript === undefined || process.features.typescript === false) {
  process.stderr.write(
    `error: holdfast needs Node 22.18 or later, and this is ${process.versions.node}.\n` +
      "  next: In the project, use `npx holdfast` or `npm run holdfast -- ...`: they take the project's Node.\n",
  );
  process.exit(1);
}
try {
  // A folder of the user's own: Node's default is one for temporary files, where others could leave code for us.
  nodeModule.enableCompileCache(join(homedir(), ".cache", "holdfast", "compiled"));
} catch {
  // A user without a home compiles each time.
}
await import("./main.ts");
