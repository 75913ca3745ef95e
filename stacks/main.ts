import { dirname } from "node:path";
import "@holdfast/foundation/compile-cache.mjs";

// What `pulumi up --stack NAME` at the root runs.

// The SDK's launcher reads source maps whenever the text of a stack is made, and the SDK makes it for every resource
// and promise. Our positions need no map: types are stripped in place.
Reflect.deleteProperty(Error, "prepareStackTrace");

// Not at the top: what is imported there is compiled before the cache is on.
const { runConfiguredProgram } = await import("./programs.ts");
const outputs = await runConfiguredProgram(dirname(import.meta.dirname));

// biome-ignore lint/style/noDefaultExport: Pulumi takes a default export as the outputs of the stack.
export default outputs;
