import { Failure, type FieldProblem } from "@holdfast/foundation/failure.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import { z } from "zod";
import { type Environment, type Machine, stateFolderOf } from "./state/state-folder-path.ts";

const path = z.string().min(1, "must not be empty").startsWith("/", "must be an absolute path");

const wholeNumber = (minimum: number, maximum: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, "must be a whole number")
    .transform(Number)
    .pipe(
      z
        .number()
        .min(minimum, `must be at least ${minimum}`)
        .max(maximum, `must be at most ${maximum}`),
    );

const folders = z
  .string()
  .transform((text) => text.split(":").filter((folder) => folder !== ""))
  .pipe(z.array(path));

/** Below, a runner would give up sooner than liveness notices and than it may pause between attempts. */
const offlineSecondsMin = 60;

const schema = z
  .strictObject({
    HOLDFAST_CREDENTIALS_FILE: path
      .optional()
      .describe("Path of the credentials file. It is watched, and a changed one is taken."),
    HOLDFAST_CREDENTIALS: z
      .string()
      .min(1, "must not be empty")
      .optional()
      .describe(
        "The credentials file itself, as JSON, where a platform can only set variables. Anyone who may read the process's environment reads it; it is not watched.",
      ),
    HOLDFAST_POLICY_FILE: path
      .optional()
      .describe(
        "Path of the policy file. Without one the runner only reads (docs/runner-policy.md).",
      ),
    HOLDFAST_POLICY: z
      .string()
      .min(1, "must not be empty")
      .optional()
      .describe(
        "The policy file's text itself, where a platform can only set variables. Not together with HOLDFAST_POLICY_FILE.",
      ),
    HOLDFAST_STATE_DIR: path
      .optional()
      .describe(
        "Private folder for the health file and for the folders of operations. Default: one below the folder for temporary files, a different one for each credentials file.",
      ),
    HOLDFAST_OPERATIONS_MAX: wholeNumber(1, 1_000)
      .default(32)
      .describe("How many operations run at once: 1 to 1,000. Default: 32."),
    HOLDFAST_DRAIN_SECONDS: wholeNumber(0, 3_600)
      .default(25)
      .describe(
        "How long running operations may take to end after SIGTERM, in seconds: 0 to 3,600. Default: 25.",
      ),
    HOLDFAST_OFFLINE_EXIT_SECONDS: wholeNumber(0, 86_400)
      .refine((seconds) => seconds === 0 || seconds >= offlineSecondsMin, {
        error: `must be 0 or at least ${offlineSecondsMin}`,
      })
      .default(0)
      .describe(
        "After how many seconds without an answer from the control plane the runner ends itself with exit code 71, so that a platform that cannot ask for its health starts it anew: 60 to 86,400, or 0 for never. Default: 0.",
      ),
    HOLDFAST_LOG_LEVEL: z
      .enum(["debug", "info", "warn", "error"], "must be debug, info, warn or error")
      .default("info")
      .describe("Lines below this level are not written. Default: info."),
    HOLDFAST_PARENT_WATCH: z
      .enum(["on", "off"], "must be on or off")
      .default("off")
      .describe(
        "Whether the end of standard input is taken like SIGTERM, for a process that starts this one and may be killed. Default: off.",
      ),
    HOLDFAST_KUBERNETES_IDENTITY_DIR: path
      .default("/var/run/secrets/kubernetes.io/serviceaccount")
      .describe(
        "Folder with `token` and `ca.crt` of the pod's own identity. Default: where Kubernetes mounts it.",
      ),
    HOLDFAST_PULUMI_ROOT: path
      .optional()
      .describe(
        "Folder whose `bin` has the Pulumi CLI. Without it there are no `pulumi.*` operations.",
      ),
    HOLDFAST_PULUMI_LANGUAGE_HOSTS: folders
      .default([])
      .describe(
        "Further folders, separated by colons, in which the CLI finds language hosts, plugins, Node and Git.",
      ),
    HOLDFAST_PULUMI_MODULES: path
      .optional()
      .describe("A `node_modules` folder for Node programs that bring none."),
    HOLDFAST_PULUMI_ACQUIRE_PLUGINS: z
      .enum(["on", "off"], "must be on or off")
      .default("off")
      .describe(
        "Whether the CLI may download plugins that a program asks for. Default: off: it runs what the image has.",
      ),
  })
  .superRefine((values, context) => {
    if (values.HOLDFAST_POLICY !== undefined && values.HOLDFAST_POLICY_FILE !== undefined) {
      context.addIssue({
        code: "custom",
        path: ["HOLDFAST_POLICY"],
        message: "must not be set together with HOLDFAST_POLICY_FILE",
      });
    }
    const sources = [values.HOLDFAST_CREDENTIALS_FILE, values.HOLDFAST_CREDENTIALS];
    if (sources.filter((source) => source !== undefined).length !== 1) {
      context.addIssue({
        code: "custom",
        path: ["HOLDFAST_CREDENTIALS_FILE"],
        message: "must be set, or else HOLDFAST_CREDENTIALS, and not both",
      });
    }
  });

/** Names and meaning of all settings, for the reference page. */
export const settingsReference: readonly { readonly name: string; readonly meaning: string }[] =
  Object.entries(schema.shape).map(([name, field]) => ({
    name,
    meaning: field.description ?? "",
  }));

/** Where a runner's credentials come from. */
export type CredentialsSource =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "environment"; readonly document: Secret<string> };

/** Where a runner's policy comes from. */
export type PolicySource =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "environment"; readonly text: string }
  | { readonly kind: "default" };

/** What `pulumi.*` operations need on the machine. */
export interface PulumiSettings {
  /** Folder whose `bin` has the CLI. */
  readonly root: string;
  /** Further folders for `PATH`. */
  readonly languageHosts: readonly string[];
  /** A `node_modules` folder for programs that bring none. */
  readonly modules: string | undefined;
  readonly acquirePlugins: boolean;
}

/** All settings of a runner. */
export interface RunnerSettings {
  readonly credentials: CredentialsSource;
  readonly policy: PolicySource;
  readonly stateFolder: string;
  readonly operationsMax: number;
  readonly drainMsMax: number;
  /** How long there may be no answer from the control plane before the runner ends itself. */
  readonly offlineMsMax: number | undefined;
  readonly logLevel: "debug" | "info" | "warn" | "error";
  readonly kubernetes: {
    /** Folder with `token` and `ca.crt`. */
    readonly identityFolder: string;
    /** Host of the API server of the cluster that the runner is a pod of; undefined outside of one. */
    readonly host: string | undefined;
    readonly port: string | undefined;
  };
  readonly pulumi: PulumiSettings | undefined;
}

/**
 * Reads the settings from the variables `HOLDFAST_*`.
 *
 * @throws {Failure} `settings.invalid`, naming all problems at once; no value is repeated.
 */
export function readSettings(environment: Environment, machine: Machine): RunnerSettings {
  const read = schema.safeParse(ours(environment));
  if (!read.success) {
    throw new Failure("settings.invalid", "The settings of the runner are wrong.", {
      fields: read.error.issues.flatMap(describeIssue),
    });
  }
  const values = read.data;
  const root = values.HOLDFAST_PULUMI_ROOT;
  return {
    credentials: credentialsSource(values.HOLDFAST_CREDENTIALS_FILE, values.HOLDFAST_CREDENTIALS),
    policy: policySource(values.HOLDFAST_POLICY_FILE, values.HOLDFAST_POLICY),
    stateFolder: stateFolderOf(environment, machine),
    operationsMax: values.HOLDFAST_OPERATIONS_MAX,
    drainMsMax: values.HOLDFAST_DRAIN_SECONDS * 1_000,
    offlineMsMax: values.HOLDFAST_OFFLINE_EXIT_SECONDS * 1_000 || undefined,
    logLevel: values.HOLDFAST_LOG_LEVEL,
    kubernetes: {
      identityFolder: values.HOLDFAST_KUBERNETES_IDENTITY_DIR,
      host: environment["KUBERNETES_SERVICE_HOST"],
      port: environment["KUBERNETES_SERVICE_PORT"],
    },
    pulumi:
      root === undefined
        ? undefined
        : {
            root,
            languageHosts: values.HOLDFAST_PULUMI_LANGUAGE_HOSTS,
            modules: values.HOLDFAST_PULUMI_MODULES,
            acquirePlugins: values.HOLDFAST_PULUMI_ACQUIRE_PLUGINS === "on",
          },
  };
}

function credentialsSource(
  file: string | undefined,
  document: string | undefined,
): CredentialsSource {
  return file === undefined
    ? { kind: "environment", document: new Secret(document ?? "") }
    : { kind: "file", path: file };
}

function policySource(file: string | undefined, text: string | undefined): PolicySource {
  if (file !== undefined) {
    return { kind: "file", path: file };
  }
  return text === undefined ? { kind: "default" } : { kind: "environment", text };
}

/**
 * Kubernetes tells a pod of every Service of its namespace by variables such as
 * `HOLDFAST_CONTROL_PLANE_SERVICE_HOST` or `HOLDFAST_PORT_8443_TCP_ADDR`; they are not settings.
 */
const serviceLink =
  /_(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT|PORT_\d+_(?:TCP|UDP|SCTP)(?:_\w+)?)$/;

function ours(environment: Environment): Readonly<Record<string, string>> {
  const entries = Object.entries(environment).flatMap(([name, value]) =>
    name.startsWith("HOLDFAST_") && !serviceLink.test(name) && value !== undefined
      ? [[name, value] as const]
      : [],
  );
  return Object.fromEntries(entries);
}

function describeIssue(issue: z.core.$ZodIssue): readonly FieldProblem[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((field) => ({ field, problem: "is not a setting of the runner" }));
  }
  return [{ field: String(issue.path[0] ?? "(settings)"), problem: issue.message }];
}
