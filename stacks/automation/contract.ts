import { z } from "zod";

// What `holdfast dev` and `@holdfast/stacks/automation/main.ts` say to one another.
//
// The caller starts the process and writes one JSON document (automationRequestSchema) as ONE line to its
// standard input, and KEEPS that pipe open: its end means that the caller is gone, and then the update is
// canceled. The process answers with one JSON document a line on standard output
// (automationEventSchema). The last one is `done` (exit code 0) or `failed` (exit code 1). Standard error
// is for what nobody expected. Nothing secret is in argv, in the environment or in the request, which
// names files. Standard output is a private pipe: `done` carries the credentials and is not to be logged.

/** Settings of the program `local`: configuration of the project when it runs from the command line. */
const localSettingsSchema = z.strictObject({
  organization: z.string().min(1).describe("Name of the organization, such as `acme`."),
  runner: z.string().min(1).describe("Name of the runner, such as `local`."),
  certificateRequestFile: z
    .string()
    .min(1)
    .describe("PKCS #10 request of the runner; another one replaces the runner's credentials."),
  stateBackendUrl: z
    .string()
    .min(1)
    .describe("Where the connection `state` keeps its stacks, such as `file:///path`."),
  statePassphraseFile: z
    .string()
    .min(1)
    .describe(
      "File, 0600, with the passphrase of those stacks; becomes the secret `state-passphrase`.",
    ),
});

/** The one document that the caller writes to standard input. All paths are absolute. */
export const automationRequestSchema = z.strictObject({
  pulumiRoot: z.string().min(1).describe("Folder that has `bin/pulumi`."),
  stateDir: z
    .string()
    .min(1)
    .describe("Folder, 0700, for everything that Pulumi keeps: backend/, home/, work/."),
  stackName: z.string().min(1).describe("Name of the stack, such as `local`."),
  passphraseFile: z
    .string()
    .min(1)
    .describe("File, 0600, with the passphrase that encrypts the secrets in this stack's state."),
  endpoint: z.string().min(3).describe("Host and port of the API listener."),
  caCertificateFile: z
    .string()
    .min(1)
    .describe("PEM that the API's own certificate is checked against."),
  apiKeyFile: z.string().min(1).describe("File, 0600, with the administrator's API key."),
  program: z.literal("local").describe("Which program to run."),
  settings: localSettingsSchema,
});

/** One line of standard output. */
export const automationEventSchema = z.discriminatedUnion("event", [
  z.strictObject({
    event: z.literal("recovered").describe("What an earlier run left behind has been repaired."),
    what: z.string(),
  }),
  z.strictObject({
    event: z.literal("resource").describe("Something happens to a resource."),
    phase: z.enum(["begins", "done", "failed"]),
    step: z.string().describe("`create`, `update`, `same`, `replace`, `delete`, as Pulumi says."),
    type: z.string().describe("Such as `holdfast:index:Runner`."),
    name: z.string(),
    urn: z.string(),
  }),
  z.strictObject({
    event: z.literal("diagnostic"),
    severity: z.enum(["debug", "info", "info#err", "warning", "error"]),
    message: z.string(),
    urn: z.string().optional(),
  }),
  z.strictObject({
    event: z.literal("done"),
    changes: z
      .record(z.string(), z.number())
      .describe("Resources by step, such as { same: 7 }. No changes: there is only `same`."),
    outputs: z
      .record(z.string(), z.unknown())
      .describe("Outputs of the stack by name, secret ones in clear (localOutputsSchema)."),
    durationMs: z.number(),
  }),
  z.strictObject({ event: z.literal("failed"), message: z.string() }),
]);

/** Outputs of the program `local`, in `done`. */
export const localOutputsSchema = z.object({
  organizationId: z.string(),
  runnerId: z.string(),
  /** Secret: the credentials file with an empty `privateKey`, which its maker fills in. */
  credentialsFile: z.string(),
  generation: z.number(),
  clusterConnection: z.string().describe("Name of the connection `cluster`."),
  stateConnection: z.string().describe("Name of the connection `state`."),
});

/** Settings of the program `local`. */
export type LocalSettings = z.output<typeof localSettingsSchema>;

/** What the caller asks for. */
export type AutomationRequest = z.output<typeof automationRequestSchema>;

/** What the caller is told. */
export type AutomationEvent = z.output<typeof automationEventSchema>;

/** What the program `local` leaves. */
export type LocalOutputs = z.output<typeof localOutputsSchema>;
