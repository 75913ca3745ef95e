#!/usr/bin/env node
// The way in. Plain JavaScript, so that the compile cache is on before the first type is stripped:
// loading what strips types costs more than the whole help.
if (process.features.typescript === undefined || process.features.typescript === false) {
  process.stderr.write(
    `error: holdfast needs Node 22.18 or later, and this is ${process.versions.node}.\n` +
      "  next: In the project, use `npx holdfast` or `npm run holdfast -- ...`: they take the project's Node.\n",
  );
  process.exit(1);
}
await import("@holdfast/foundation/compile-cache.mjs");
await import("./main.ts");
