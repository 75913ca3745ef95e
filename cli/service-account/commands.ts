import type { ArgumentSpec, CommandSpec, OptionSpec } from "../command.ts";

const account: ArgumentSpec = {
  name: "<service-account>",
  about: "name or id",
  names: "service-account",
};
const description: OptionSpec = { flags: "--description <text>", about: "description for people" };
const role: OptionSpec = {
  flags: "--role <role>",
  about: "what it may do in its organization",
  choices: ["viewer", "operator", "administrator"],
};

/** Commands of service accounts. */
export const serviceAccountCommands: readonly CommandSpec[] = [
  {
    name: "create",
    about: "make a service account",
    arguments: [{ name: "<name>", about: "name of the new service account" }],
    options: [role, description],
    examples: ["holdfast service-account create deployer --role operator"],
    run: async (call) => await (await import("./service-accounts.ts")).createServiceAccount(call),
  },
  {
    name: "get",
    about: "show a service account",
    arguments: [account],
    examples: ["holdfast service-account get deployer"],
    run: async (call) => await (await import("./service-accounts.ts")).getServiceAccount(call),
  },
  {
    name: "list",
    about: "list the service accounts",
    options: [{ flags: "--prefix <text>", about: "only names that begin with it" }],
    examples: ["holdfast service-account list"],
    run: async (call) => await (await import("./service-accounts.ts")).listServiceAccounts(call),
  },
  {
    name: "update",
    about: "change the role or the description",
    arguments: [account],
    options: [role, description],
    examples: ["holdfast service-account update deployer --role viewer"],
    run: async (call) => await (await import("./service-accounts.ts")).updateServiceAccount(call),
  },
  {
    name: "delete",
    about: "revoke its API keys and remove it; a runner's goes with its runner only",
    arguments: [account],
    options: [{ flags: "--yes", about: "do not ask" }],
    examples: ["holdfast service-account delete deployer --yes"],
    run: async (call) => await (await import("./service-accounts.ts")).deleteServiceAccount(call),
  },
];
