import type { ArgumentSpec, CommandSpec, OptionSpec } from "../command.ts";

const connection: ArgumentSpec = { name: "<connection>", about: "name or id", names: "connection" };
const provider: OptionSpec = {
  flags: "--provider <provider>",
  about: "what it reaches",
  choices: ["aws", "gcp", "azure", "kubernetes", "pulumi"],
};
const runner: OptionSpec = {
  flags: "--runner <runner>",
  about: "runner that its operations go to",
  names: "runner",
};
const description: OptionSpec = { flags: "--description <text>", about: "description for people" };

/** Which settings there are, by provider; what is needed and allowed depends on the mode. */
const settings: readonly OptionSpec[] = [
  { flags: "--aws-region <region>", about: "AWS: region to use by default" },
  { flags: "--aws-account-id <id>", about: "AWS: account, checked before the first operation" },
  { flags: "--aws-role-arn <arn>", about: "AWS, cross-account trust: role to assume" },
  { flags: "--aws-external-id <id>", about: "AWS, cross-account trust: external id of the role" },
  { flags: "--gcp-project-id <id>", about: "Google Cloud: project to use by default" },
  {
    flags: "--gcp-service-account-email <email>",
    about: "Google Cloud, cross-account trust: account to impersonate",
  },
  { flags: "--azure-tenant-id <id>", about: "Azure: directory" },
  { flags: "--azure-subscription-id <id>", about: "Azure: subscription to use by default" },
  { flags: "--azure-client-id <id>", about: "Azure: application, or user-assigned identity" },
  {
    flags: "--kubernetes-api-server-url <url>",
    about: "Kubernetes, cross-account trust: the other cluster",
  },
  {
    flags: "--kubernetes-ca-certificate <file>",
    about: "Kubernetes, cross-account trust: PEM of that cluster's authority",
  },
  {
    flags: "--kubernetes-audience <audience>",
    about: "Kubernetes, cross-account trust: audience of the token",
  },
  { flags: "--pulumi-backend-url <url>", about: "Pulumi: state backend, such as s3://bucket" },
  {
    flags: "--pulumi-passphrase-secret <secret>",
    about: "Pulumi: secret with the stacks' passphrase",
    names: "secret",
  },
  {
    flags: "--pulumi-environment <name=reference>",
    about: "Pulumi: variable for the backend, such as AWS_REGION=variable:region",
    repeatable: true,
  },
];

const inlineCredentials: OptionSpec = {
  flags: "--inline-credentials-file <file>",
  about: "inline mode: kubeconfig, service-account key, or JSON with keys; - means standard input",
};

/** Commands of connections. */
export const connectionCommands: readonly CommandSpec[] = [
  {
    name: "create",
    about: "make a connection: how a runner reaches a cloud",
    details:
      "Modes: inline (credentials travel in the request, encrypted at rest and sealed to the runner),\n" +
      "runner-delegated (the identity of the place the runner runs in; recommended),\n" +
      "cross-account-trust (the runner assumes the role that the connection names).",
    arguments: [{ name: "<name>", about: "name of the new connection" }],
    options: [
      provider,
      {
        flags: "--mode <mode>",
        about: "authentication mode",
        choices: ["inline", "runner-delegated", "cross-account-trust"],
      },
      runner,
      description,
      inlineCredentials,
      ...settings,
    ],
    examples: [
      "holdfast connection create cluster --provider kubernetes --mode runner-delegated --runner prod-runner",
      "holdfast connection create staging --provider kubernetes --mode inline --runner prod-runner --inline-credentials-file ./kubeconfig",
      "holdfast connection create state --provider pulumi --mode runner-delegated --runner prod-runner --pulumi-backend-url s3://acme-state --pulumi-passphrase-secret state-passphrase",
    ],
    run: async (call) => await (await import("./connections.ts")).createConnection(call),
  },
  {
    name: "get",
    about: "show a connection, never its inline credentials",
    arguments: [connection],
    examples: ["holdfast connection get cluster --json"],
    run: async (call) => await (await import("./connections.ts")).getConnection(call),
  },
  {
    name: "list",
    about: "list the connections",
    options: [{ flags: "--prefix <text>", about: "only names that begin with it" }, provider],
    examples: ["holdfast connection list --provider kubernetes"],
    run: async (call) => await (await import("./connections.ts")).listConnections(call),
  },
  {
    name: "update",
    about: "replace the settings, the runner, the credentials or the description; the mode stays",
    arguments: [connection],
    options: [runner, description, inlineCredentials, ...settings],
    examples: ["holdfast connection update cluster --runner other-runner"],
    run: async (call) => await (await import("./connections.ts")).updateConnection(call),
  },
  {
    name: "delete",
    about: "remove a connection and its inline credentials",
    arguments: [connection],
    options: [{ flags: "--yes", about: "do not ask" }],
    examples: ["holdfast connection delete staging --yes"],
    run: async (call) => await (await import("./connections.ts")).deleteConnection(call),
  },
];
