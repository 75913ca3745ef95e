import type { OptionSpec } from "../command.ts";

/** Options of every command that takes a secret value. */
export const valueOptions: readonly OptionSpec[] = [
  {
    flags: "--value-file <file>",
    about: "file with the value; - or nothing means standard input",
  },
  { flags: "--keep-newline", about: "keep a newline at the end of the value" },
];
