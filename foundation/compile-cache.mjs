// Turns on Node's compile cache for what is imported afterwards: the SDKs of Pulumi and the clouds, and our own
// TypeScript, are then compiled once and not by every command and preview. Plain JavaScript, because loading what
// strips types costs time itself.
import nodeModule from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";

/** A folder of the user's own: Node's default is one for temporary files, where others could leave code for us. */
function cacheFolder() {
  try {
    return join(homedir(), ".cache", "holdfast", "compiled");
  } catch {
    // A user without a home compiles each time.
    return undefined;
  }
}

const folder = cacheFolder();
if (folder !== undefined) {
  // One that the environment names (NODE_COMPILE_CACHE) is in use already, and stays so.
  nodeModule.enableCompileCache(folder);
}
