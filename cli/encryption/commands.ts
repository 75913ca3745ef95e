import type { CommandSpec } from "../command.ts";

/** Commands of the keys that encrypt the store. */
export const encryptionCommands: readonly CommandSpec[] = [
  {
    name: "rotate-master-key",
    about: "make a new master key and wrap every organization key with it, while serving",
    examples: ["holdfast encryption rotate-master-key"],
    run: async (call) => await (await import("./rotate.ts")).rotateMasterKey(call),
  },
  {
    name: "rotate-organization-key",
    about: "make a new organization key and encrypt every record anew, while serving",
    examples: ["holdfast encryption rotate-organization-key --organization acme"],
    run: async (call) => await (await import("./rotate.ts")).rotateOrganizationKey(call),
  },
];
