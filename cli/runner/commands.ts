import type { ArgumentSpec, CommandSpec, OptionSpec } from "../command.ts";

const runner: ArgumentSpec = { name: "<runner>", about: "name or id", names: "runner" };
const description: OptionSpec = { flags: "--description <text>", about: "description for people" };

const mint: readonly OptionSpec[] = [
  { flags: "--output-dir <folder>", about: "folder for the file, which is named after the runner" },
  {
    flags: "--lifetime <duration>",
    about: "how long the certificate lasts (default: as the control plane is set)",
  },
  {
    flags: "--server-key",
    about:
      "let the control plane make the private key; by default it is made here and never travels",
  },
];

const credentialsFile: OptionSpec = {
  flags: "--credentials-file <file>",
  about: "credentials file of the runner",
};
const stateDir: OptionSpec = {
  flags: "--state-dir <folder>",
  about: "private folder for its health file and the folders of operations",
};

/** Commands of runners. */
export const runnerCommands: readonly CommandSpec[] = [
  {
    name: "create",
    about: "register a runner",
    arguments: [{ name: "<name>", about: "name of the new runner" }],
    options: [description],
    examples: ["holdfast runner create prod-runner --organization acme"],
    run: async (call) => await (await import("./runners.ts")).createRunner(call),
  },
  {
    name: "get",
    about: "show a runner with its open tunnels",
    arguments: [runner],
    examples: ["holdfast runner get prod-runner"],
    run: async (call) => await (await import("./runners.ts")).getRunner(call),
  },
  {
    name: "list",
    about: "list the runners",
    options: [
      { flags: "--prefix <text>", about: "only names that begin with it" },
      { flags: "--connected", about: "only runners with an open tunnel" },
    ],
    examples: ["holdfast runner list --connected"],
    run: async (call) => await (await import("./runners.ts")).listRunners(call),
  },
  {
    name: "update",
    about: "change the description, or disable and enable the runner; disabling cuts its tunnels",
    arguments: [runner],
    options: [
      description,
      { flags: "--enable", about: "let it connect" },
      { flags: "--disable", about: "cut its tunnels, and let it connect no more" },
    ],
    examples: ["holdfast runner update prod-runner --disable"],
    run: async (call) => await (await import("./runners.ts")).updateRunner(call),
  },
  {
    name: "delete",
    about: "revoke all its credentials, cut its tunnels and remove it",
    arguments: [runner],
    options: [{ flags: "--yes", about: "do not ask" }],
    examples: ["holdfast runner delete prod-runner --yes"],
    run: async (call) => await (await import("./runners.ts")).deleteRunner(call),
  },
  {
    name: "generate-credentials",
    about: "mint a certificate and an API key into a credentials file; earlier ones stay valid",
    details:
      "The private key is made on this machine and never leaves it: the control plane gets a certificate\n" +
      "request. The file is written with mode 0600 and never replaces one that is there.",
    arguments: [runner],
    options: mint,
    examples: ["holdfast runner generate-credentials prod-runner --output-dir ./creds"],
    run: async (call) => await (await import("./credentials.ts")).generateCredentials(call),
  },
  {
    name: "regenerate-credentials",
    about: "mint a certificate and an API key, and revoke every earlier one",
    details:
      "Earlier credentials are revoked at once and tunnels that use them are cut. With --overlap they stay\n" +
      "valid until the new ones have connected, or that long at most.",
    arguments: [runner],
    options: [
      ...mint,
      { flags: "--overlap <duration>", about: "how long earlier ones may stay valid, such as 15m" },
    ],
    examples: [
      "holdfast runner regenerate-credentials prod-runner --output-dir ./new-creds",
      "holdfast runner regenerate-credentials prod-runner --output-dir ./new-creds --overlap 15m",
    ],
    run: async (call) => await (await import("./credentials.ts")).regenerateCredentials(call),
  },
  {
    name: "credentials",
    about: "list the generations of a runner's credentials",
    arguments: [runner],
    examples: ["holdfast runner credentials prod-runner"],
    run: async (call) => await (await import("./credentials.ts")).listCredentials(call),
  },
  {
    name: "revoke-credentials",
    about: "revoke one generation and cut the tunnels that use it",
    arguments: [runner],
    options: [
      { flags: "--generation <number>", about: "generation to revoke" },
      { flags: "--yes", about: "do not ask" },
    ],
    examples: ["holdfast runner revoke-credentials prod-runner --generation 3"],
    run: async (call) => await (await import("./credentials.ts")).revokeCredentials(call),
  },
  {
    name: "start",
    about: "run a runner until it is stopped",
    details:
      "Becomes the runner: its exit codes are the runner's own, one for each reason\n" +
      "(docs/reference/runner-exit-codes.md). Further settings are taken from the variables HOLDFAST_*.",
    options: [
      credentialsFile,
      { flags: "--policy-file <file>", about: "what may run at all (default: only what reads)" },
      stateDir,
      {
        flags: "--log-level <level>",
        about: "lines below are not written",
        choices: ["debug", "info", "warn", "error"],
      },
      { flags: "--drain <duration>", about: "how long operations may take to end at a stop" },
    ],
    examples: ["holdfast runner start --credentials-file ./creds/prod-runner.json"],
    run: async (call) => await (await import("./start.ts")).startRunner(call),
  },
  {
    name: "health",
    about: "what the running runner's last round trip through the tunnel found; 0 if it is well",
    details:
      "Takes the same options or variables as `runner start`, and asks no port: there is none.",
    options: [credentialsFile, stateDir],
    examples: ["holdfast runner health --credentials-file ./creds/prod-runner.json"],
    run: async (call) => await (await import("./start.ts")).askRunnerHealth(call),
  },
];
