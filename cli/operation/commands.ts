import type { ArgumentSpec, CommandSpec } from "../command.ts";

const operation: ArgumentSpec = { name: "<operation-id>", about: "id, such as op_..." };

const states = ["queued", "sent", "running", "succeeded", "failed", "canceled", "expired"];

/** Commands of operations. */
export const operationCommands: readonly CommandSpec[] = [
  {
    name: "run",
    about: "run an operation on a runner and print what comes back, as it comes",
    details:
      "The first Ctrl-C cancels the operation, the second leaves at once. An operation goes on when its\n" +
      "caller goes away: look at it with `operation watch`. Kinds and their inputs: `operation kinds`.",
    arguments: [
      {
        name: "<kind>",
        about: "what to do, such as kubernetes.pods.list",
        names: "operation-kind",
      },
    ],
    options: [
      {
        flags: "--connection <connection>",
        about: "connection to use",
        names: "connection",
      },
      {
        flags: "--runner <runner>",
        about: "runner, for kinds that need no connection",
        names: "runner",
      },
      {
        flags: "--input <key=value>",
        about: "one field of the input, such as page.limit=10",
        repeatable: true,
      },
      { flags: "--input-file <file>", about: "input as JSON or YAML; - means standard input" },
      { flags: "--deadline <duration>", about: "how long it may take in all (default: 60s)" },
      {
        flags: "--when-disconnected <what>",
        about: "what to do if the runner is not connected (default: fail)",
        choices: ["fail", "wait"],
      },
      {
        flags: "--idempotency-key <key>",
        about: "makes the same call safe to repeat for 24 hours",
      },
      { flags: "--output-limit <bytes>", about: "how much may come back (default: 64 MiB)" },
      { flags: "--detach", about: "print the operation and leave it running" },
      {
        flags: "--source <folder>",
        about: "pulumi.*: folder of the program; it is packed and sent",
      },
      { flags: "--git <url>", about: "pulumi.*: repository of the program" },
      { flags: "--commit <hash>", about: "pulumi.*: commit in the repository" },
      { flags: "--git-username <name>", about: "pulumi.*: user of a private repository" },
      {
        flags: "--git-password-secret <secret>",
        about: "pulumi.*: secret with the password of a private repository",
        names: "secret",
      },
      {
        flags: "--folder <path>",
        about: "pulumi.*: folder within the source with the Pulumi.yaml",
      },
      { flags: "--stack <name>", about: "pulumi.*: name of the stack, such as dev" },
      { flags: "--project <name>", about: "pulumi.cancel: name of the project" },
      { flags: "--config <key=value>", about: "pulumi.*: configuration", repeatable: true },
      {
        flags: "--config-secret <key=secret>",
        about: "pulumi.*: configuration from a secret",
        repeatable: true,
      },
      {
        flags: "--env <name=reference>",
        about: "pulumi.*: variable of the program, such as TOKEN=secret:token",
        repeatable: true,
      },
      { flags: "--target <urn>", about: "pulumi.*: only this resource", repeatable: true },
      { flags: "--expect-no-changes", about: "pulumi.*: fail if something would change" },
      { flags: "--message <text>", about: "pulumi.*: kept in the history of the stack" },
      { flags: "--remove-stack", about: "pulumi.destroy: remove the stack and its history too" },
    ],
    examples: [
      "holdfast operation run runner.describe --runner prod-runner",
      "holdfast operation run kubernetes.pods.list --connection cluster --input namespace=default --json",
      "holdfast operation run kubernetes.pods.logs --connection cluster --input namespace=default --input name=web-0 --input follow=true --deadline 1h",
      "holdfast operation run pulumi.up --connection state --source ./program --stack dev --deadline 10m",
      "holdfast operation run pulumi.up --connection state --git https://git.example.com/infra.git --commit 3b18e512dba79e4c8300dd08aeb37f8e728b8dad --stack prod --config-secret app:password=db-password",
    ],
    run: async (call) => await (await import("./run.ts")).runOperation(call),
  },
  {
    name: "kinds",
    about: "list the kinds of operations, or show the input and output of one",
    arguments: [{ name: "[kind]", about: "kind to show", names: "operation-kind" }],
    examples: ["holdfast operation kinds", "holdfast operation kinds pulumi.up"],
    run: async (call) => await (await import("./kinds.ts")).showKinds(call),
  },
  {
    name: "get",
    about: "show an operation",
    arguments: [operation],
    examples: ["holdfast operation get op_0123456789ABCDEFGHIJKL"],
    run: async (call) => await (await import("./operations.ts")).getOperation(call),
  },
  {
    name: "list",
    about: "list operations, the newest first",
    options: [
      { flags: "--kind <kind>", about: "only of this kind", names: "operation-kind" },
      { flags: "--state <state>", about: "only in this state", choices: states },
      { flags: "--runner <runner>", about: "only of this runner", names: "runner" },
      { flags: "--limit <number>", about: "how many at most (default: 50)" },
    ],
    examples: [
      "holdfast operation list --state running",
      "holdfast operation list --kind pulumi.up",
    ],
    run: async (call) => await (await import("./operations.ts")).listOperations(call),
  },
  {
    name: "watch",
    about: "print what an operation gives, from its beginning or an offset on, until it ends",
    details: "Ctrl-C stops watching; the operation goes on.",
    arguments: [operation],
    options: [{ flags: "--offset <number>", about: "first event wanted (default: 0)" }],
    examples: ["holdfast operation watch op_0123456789ABCDEFGHIJKL"],
    run: async (call) => await (await import("./run.ts")).watchOperation(call),
  },
  {
    name: "cancel",
    about: "ask the runner to stop an operation",
    arguments: [operation],
    examples: ["holdfast operation cancel op_0123456789ABCDEFGHIJKL"],
    run: async (call) => await (await import("./operations.ts")).cancelOperation(call),
  },
  {
    name: "delete",
    about: "remove the record of an operation that has ended; its audit records stay",
    arguments: [operation],
    options: [{ flags: "--yes", about: "do not ask" }],
    examples: ["holdfast operation delete op_0123456789ABCDEFGHIJKL --yes"],
    run: async (call) => await (await import("./operations.ts")).deleteOperation(call),
  },
];
