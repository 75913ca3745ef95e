// What the plugin's executable runs: the provider, with Node's compile cache.
import nodeModule from "node:module";
import "@holdfast/foundation/compile-cache.mjs";

// Not at the top: what is imported there is compiled before the cache is on.
await import("./main.ts");
// Now, because the engine may end the process without a word; once it listens, because the engine waits for that.
setImmediate(() => nodeModule.flushCompileCache());
