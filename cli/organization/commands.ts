import type { ArgumentSpec, CommandSpec } from "../command.ts";

const organization: ArgumentSpec = {
  name: "<organization>",
  about: "name or id",
  names: "organization",
};

/** Commands of organizations. */
export const organizationCommands: readonly CommandSpec[] = [
  {
    name: "create",
    about: "make an organization",
    arguments: [{ name: "<name>", about: "name of the new organization, such as acme" }],
    options: [{ flags: "--display-name <text>", about: "name for people" }],
    examples: ['holdfast organization create acme --display-name "Acme Inc."'],
    run: async (call) => await (await import("./organizations.ts")).createOrganization(call),
  },
  {
    name: "get",
    about: "show an organization",
    arguments: [organization],
    examples: ["holdfast organization get acme --json"],
    run: async (call) => await (await import("./organizations.ts")).getOrganization(call),
  },
  {
    name: "list",
    about: "list the organizations",
    options: [{ flags: "--prefix <text>", about: "only names that begin with it" }],
    examples: ["holdfast organization list"],
    run: async (call) => await (await import("./organizations.ts")).listOrganizations(call),
  },
  {
    name: "update",
    about: "change the name for people",
    arguments: [organization],
    options: [{ flags: "--display-name <text>", about: "name for people" }],
    examples: ['holdfast organization update acme --display-name "Acme AG"'],
    run: async (call) => await (await import("./organizations.ts")).updateOrganization(call),
  },
  {
    name: "delete",
    about: "remove an organization that has no runner left",
    arguments: [organization],
    options: [{ flags: "--yes", about: "do not ask" }],
    examples: ["holdfast organization delete acme --yes"],
    run: async (call) => await (await import("./organizations.ts")).deleteOrganization(call),
  },
];
