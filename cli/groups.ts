import type { GroupSpec } from "./command.ts";

/** Nouns of the command line, in the order of the help. */
export const groups: readonly GroupSpec[] = [
  {
    name: "control-plane",
    about: "start a control plane, or ask one how it is",
    load: async () => (await import("./control-plane/commands.ts")).controlPlaneCommands,
  },
  {
    name: "runner",
    about: "runners: register, credentials, start, health",
    load: async () => (await import("./runner/commands.ts")).runnerCommands,
  },
  {
    name: "organization",
    about: "organizations: the walls between customers",
    load: async () => (await import("./organization/commands.ts")).organizationCommands,
  },
  {
    name: "service-account",
    about: "service accounts: who a program is",
    load: async () => (await import("./service-account/commands.ts")).serviceAccountCommands,
  },
  {
    name: "api-key",
    about: "API keys of service accounts, and of the administrator",
    load: async () => (await import("./service-account/api-key-commands.ts")).apiKeyCommands,
  },
  {
    name: "secret",
    about: "secrets: values that are written once and read by few",
    load: async () => (await import("./secret/commands.ts")).secretCommands,
  },
  {
    name: "variable",
    about: "variables: values that are no secrets",
    load: async () => (await import("./variable/commands.ts")).variableCommands,
  },
  {
    name: "connection",
    about: "connections: how a runner reaches a cloud",
    load: async () => (await import("./connection/commands.ts")).connectionCommands,
  },
  {
    name: "operation",
    about: "operations: run, watch, cancel",
    load: async () => (await import("./operation/commands.ts")).operationCommands,
  },
  {
    name: "audit",
    about: "the audit: list, export, verify offline",
    load: async () => (await import("./audit/commands.ts")).auditCommands,
  },
  {
    name: "encryption",
    about: "keys that encrypt the store",
    load: async () => (await import("./encryption/commands.ts")).encryptionCommands,
  },
  {
    name: "context",
    about: "control planes that this command line knows",
    load: async () => (await import("./context/commands.ts")).contextCommands,
  },
];
