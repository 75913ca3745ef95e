import type { ArgumentSpec, CommandSpec, OptionSpec } from "../command.ts";
import { valueOptions } from "../files/value-options.ts";

const secret: ArgumentSpec = { name: "<secret>", about: "name or id", names: "secret" };
const description: OptionSpec = { flags: "--description <text>", about: "description for people" };

/** Commands of secrets. */
export const secretCommands: readonly CommandSpec[] = [
  {
    name: "create",
    about: "make a secret with its first version; the value comes from standard input or a file",
    arguments: [{ name: "<name>", about: "name of the new secret" }],
    options: [description, ...valueOptions],
    examples: [
      "holdfast secret create state-passphrase --value-file ./passphrase",
      "openssl rand -base64 32 | holdfast secret create state-passphrase --organization acme",
    ],
    run: async (call) => await (await import("./secrets.ts")).createSecret(call),
  },
  {
    name: "get",
    about: "show what is known of a secret, never its value",
    arguments: [secret],
    examples: ["holdfast secret get state-passphrase"],
    run: async (call) => await (await import("./secrets.ts")).getSecret(call),
  },
  {
    name: "list",
    about: "list the secrets, without values",
    options: [{ flags: "--prefix <text>", about: "only names that begin with it" }],
    examples: ["holdfast secret list --prefix state-"],
    run: async (call) => await (await import("./secrets.ts")).listSecrets(call),
  },
  {
    name: "update",
    about: "change the description",
    arguments: [secret],
    options: [description],
    examples: ['holdfast secret update state-passphrase --description "for the stacks of acme"'],
    run: async (call) => await (await import("./secrets.ts")).updateSecret(call),
  },
  {
    name: "add-version",
    about: "write a new value; earlier versions stay",
    arguments: [secret],
    options: valueOptions,
    examples: ["holdfast secret add-version state-passphrase --value-file ./new-passphrase"],
    run: async (call) => await (await import("./secrets.ts")).addSecretVersion(call),
  },
  {
    name: "access",
    about: "print a value to standard output; each read is audited",
    arguments: [secret],
    options: [{ flags: "--version <number>", about: "version to read (default: the newest)" }],
    examples: ["holdfast secret access state-passphrase --version 2 > ./passphrase"],
    run: async (call) => await (await import("./secrets.ts")).accessSecret(call),
  },
  {
    name: "destroy-version",
    about: "wipe the value of one version for good",
    arguments: [secret],
    options: [
      { flags: "--version <number>", about: "version to wipe" },
      { flags: "--yes", about: "do not ask" },
    ],
    examples: ["holdfast secret destroy-version state-passphrase --version 1 --yes"],
    run: async (call) => await (await import("./secrets.ts")).destroySecretVersion(call),
  },
  {
    name: "delete",
    about: "remove a secret with all its versions",
    arguments: [secret],
    options: [{ flags: "--yes", about: "do not ask" }],
    examples: ["holdfast secret delete state-passphrase --yes"],
    run: async (call) => await (await import("./secrets.ts")).deleteSecret(call),
  },
];
