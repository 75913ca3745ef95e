import type { CommandSpec, OptionSpec } from "../command.ts";

const platform: OptionSpec = {
  flags: "--platform",
  about: "the installation's own chain instead of an organization's",
};

/** Commands of the audit. */
export const auditCommands: readonly CommandSpec[] = [
  {
    name: "list",
    about: "list what happened, the newest first",
    options: [
      { flags: "--action <prefix>", about: "only actions that begin with it, such as operation." },
      { flags: "--subject <id>", about: "only what happened to it" },
      { flags: "--limit <number>", about: "how many at most (default: 50)" },
    ],
    examples: [
      "holdfast audit list --action runner.credentials",
      "holdfast audit list --subject op_0123456789ABCDEFGHIJKL --json",
    ],
    run: async (call) => await (await import("./list-records.ts")).listRecords(call),
  },
  {
    name: "export",
    about: "write the whole chain, one JSON record a line, for `audit verify`",
    options: [
      { flags: "--output-file <file>", about: "write there, 0600, instead of standard output" },
      { flags: "--after <sequence>", about: "leave out the records up to it" },
      platform,
    ],
    examples: [
      "holdfast audit export --organization acme --output-file ./acme-audit.jsonl",
      "holdfast audit export --platform > ./platform-audit.jsonl",
    ],
    run: async (call) => await (await import("./export-records.ts")).exportRecords(call),
  },
  {
    name: "verify",
    about: "check an export offline: nothing removed, changed or reordered",
    details:
      "A chain that was cut at its end still is a chain: give --expect-head, the hash that an earlier\n" +
      "verification printed or that was kept elsewhere, to see that too.",
    arguments: [{ name: "<file>", about: "an export; - means standard input" }],
    options: [
      { flags: "--expect-head <hash>", about: "hash of a record that the chain must contain" },
      { flags: "--after <sequence>", about: "the export leaves out the records up to it" },
    ],
    examples: [
      "holdfast audit verify ./acme-audit.jsonl",
      "holdfast audit verify ./acme-audit.jsonl --expect-head 3f1c...",
    ],
    run: async (call) => await (await import("./verify-file.ts")).verifyFile(call),
  },
];
