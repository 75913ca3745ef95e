import type { ArgumentSpec, CommandSpec } from "../command.ts";

const name: ArgumentSpec = { name: "<name>", about: "name of the context", names: "context" };

/** Commands of the contexts. */
export const contextCommands: readonly CommandSpec[] = [
  {
    name: "add",
    about: "add a control plane, or change what is known of it",
    details: "The API key stays in its own file, which only you may read (0600).",
    arguments: [{ ...name, about: "name for it, such as prod" }],
    options: [
      { flags: "--endpoint <host:port>", about: "the API listener" },
      {
        flags: "--ca-certificate <file>",
        about: "PEM that its certificate is checked against (default: the system's authorities)",
      },
      { flags: "--api-key-file <file>", about: "file with your API key, 0600" },
      { flags: "--no-use", about: "do not make it the current one" },
    ],
    examples: [
      "holdfast context add prod --endpoint holdfast.example.com:8444 --api-key-file ~/.holdfast-key --organization acme",
    ],
    run: async (call) => await (await import("./contexts.ts")).addContext(call),
  },
  {
    name: "use",
    about: "make a context the current one, and choose its organization with --organization",
    arguments: [name],
    examples: ["holdfast context use prod", "holdfast context use prod --organization acme"],
    run: async (call) => await (await import("./contexts.ts")).useContext(call),
  },
  {
    name: "list",
    about: "list the contexts",
    examples: ["holdfast context list"],
    run: async (call) => await (await import("./contexts.ts")).listContexts(call),
  },
  {
    name: "remove",
    about: "forget a context; its API key file stays",
    arguments: [name],
    examples: ["holdfast context remove prod"],
    run: async (call) => await (await import("./contexts.ts")).removeContext(call),
  },
];
