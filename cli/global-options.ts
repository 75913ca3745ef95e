import type { OptionSpec } from "./command.ts";

/** Options that every command takes, before or after its name. */
export const globalOptions: readonly OptionSpec[] = [
  {
    flags: "--organization <name>",
    about: "name or id of the organization (default: the context's)",
    names: "organization",
  },
  {
    flags: "--context <name>",
    about: "control plane to talk to (default: HOLDFAST_CONTEXT, or the current one)",
    names: "context",
  },
  { flags: "--json", about: "print JSON: one document, or one line for each thing of a stream" },
];
