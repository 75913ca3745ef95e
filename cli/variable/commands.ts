import type { ArgumentSpec, CommandSpec, OptionSpec } from "../command.ts";

const variable: ArgumentSpec = { name: "<variable>", about: "name or id", names: "variable" };
const description: OptionSpec = { flags: "--description <text>", about: "description for people" };

/** Commands of variables. */
export const variableCommands: readonly CommandSpec[] = [
  {
    name: "create",
    about: "make a variable: a value that is no secret",
    arguments: [
      { name: "<name>", about: "name of the new variable" },
      { name: "<value>", about: "its value" },
    ],
    options: [description],
    examples: ["holdfast variable create region eu-central-1"],
    run: async (call) => await (await import("./variables.ts")).createVariable(call),
  },
  {
    name: "get",
    about: "show a variable with its value",
    arguments: [variable],
    options: [{ flags: "--version <number>", about: "version to read (default: the newest)" }],
    examples: ["holdfast variable get region"],
    run: async (call) => await (await import("./variables.ts")).getVariable(call),
  },
  {
    name: "list",
    about: "list the variables with their newest values",
    options: [{ flags: "--prefix <text>", about: "only names that begin with it" }],
    examples: ["holdfast variable list --json"],
    run: async (call) => await (await import("./variables.ts")).listVariables(call),
  },
  {
    name: "update",
    about: "write a new version of the value, or change the description",
    arguments: [variable],
    options: [{ flags: "--value <text>", about: "new value" }, description],
    examples: ["holdfast variable update region --value eu-west-1"],
    run: async (call) => await (await import("./variables.ts")).updateVariable(call),
  },
  {
    name: "delete",
    about: "remove a variable with all its versions",
    arguments: [variable],
    options: [{ flags: "--yes", about: "do not ask" }],
    examples: ["holdfast variable delete region --yes"],
    run: async (call) => await (await import("./variables.ts")).deleteVariable(call),
  },
];
