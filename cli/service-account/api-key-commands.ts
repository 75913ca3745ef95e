import type { ArgumentSpec, CommandSpec, OptionSpec } from "../command.ts";

const account: OptionSpec = {
  flags: "--service-account <name>",
  about: "whose keys",
  names: "service-account",
};
const administrator: OptionSpec = {
  flags: "--administrator",
  about: "the keys of the installation's administrator, not of a service account",
};
const key: ArgumentSpec = { name: "<api-key-id>", about: "id of the key, such as key_..." };

/** Commands of API keys. */
export const apiKeyCommands: readonly CommandSpec[] = [
  {
    name: "create",
    about: "mint an API key; it is shown or written once and never again",
    options: [
      account,
      administrator,
      { flags: "--output-file <file>", about: "write the key there, 0600, instead of printing it" },
      { flags: "--lifetime <duration>", about: "how long it lasts (default: without an end)" },
      { flags: "--description <text>", about: "description for people" },
    ],
    examples: [
      "holdfast api-key create --service-account deployer --output-file ./deployer.key --lifetime 90d",
      "holdfast api-key create --administrator --output-file ./administrator.key",
    ],
    run: async (call) => await (await import("./api-keys.ts")).createApiKey(call),
  },
  {
    name: "get",
    about: "show what is known of a key, never the key",
    arguments: [key],
    examples: ["holdfast api-key get key_0123456789ABCDEFGHIJKL"],
    run: async (call) => await (await import("./api-keys.ts")).getApiKey(call),
  },
  {
    name: "list",
    about: "list the keys of a service account",
    options: [account, administrator],
    examples: [
      "holdfast api-key list --service-account deployer",
      "holdfast api-key list --administrator",
    ],
    run: async (call) => await (await import("./api-keys.ts")).listApiKeys(call),
  },
  {
    name: "revoke",
    about: "make a key useless at once and for good",
    arguments: [key],
    options: [administrator, { flags: "--yes", about: "do not ask" }],
    examples: [
      "holdfast api-key revoke key_0123456789ABCDEFGHIJKL --yes",
      "holdfast api-key revoke key_0123456789ABCDEFGHIJKL --administrator --yes",
    ],
    run: async (call) => await (await import("./api-keys.ts")).revokeApiKey(call),
  },
];
