import { dirname } from "node:path";
import { runConfiguredProgram } from "./programs.ts";

// What `pulumi up --stack NAME` at the root runs.

const outputs = await runConfiguredProgram(dirname(import.meta.dirname));

// biome-ignore lint/style/noDefaultExport: Pulumi takes a default export as the outputs of the stack.
export default outputs;
