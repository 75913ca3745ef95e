import { delimiter, dirname, join } from "node:path";
import type { Secret } from "@holdfast/foundation/secret.ts";
import { killSafeBackendUrl } from "@holdfast/foundation/state-backend-url.ts";
import type { PulumiSettings } from "../../settings.ts";
import type { PrivateFolder } from "./private-folder.ts";

/** What a child gets beyond the fixed part. Only this is secret. */
export interface ChildValues {
  readonly backendUrl: string;
  readonly passphrase: Secret<string> | undefined;
  /** What reaching the backend takes. */
  readonly backend: ReadonlyMap<string, Secret<string>>;
  /** What the program takes; empty for commands that run none. */
  readonly program: ReadonlyMap<string, Secret<string>>;
}

/**
 * The environment of a child, made from nothing.
 *
 * The passphrase stands in it, because the CLI takes it from there or from a file, and a file would be
 * on disk. Whoever may read this process's memory may read that of the child, and nobody else.
 */
export function childEnvironment(
  settings: PulumiSettings,
  folder: PrivateFolder,
  values: ChildValues,
): Readonly<Record<string, string>> {
  return {
    ...exposed(values.backend),
    ...exposed(values.program),
    ...(values.passphrase === undefined
      ? {}
      : { PULUMI_CONFIG_PASSPHRASE: values.passphrase.expose() }),
    ...baseEnvironment(folder, searchPath(settings)),
    PULUMI_HOME: join(folder.home, ".pulumi"),
    PULUMI_BACKEND_URL: killSafeBackendUrl(values.backendUrl),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: String(!settings.acquirePlugins),
    // `--event-log` is one of these; the Automation API uses it the same way.
    PULUMI_DEBUG_COMMANDS: "true",
    NO_COLOR: "1",
  };
}

/** What every child has. */
export function baseEnvironment(
  folder: PrivateFolder,
  path: string,
): Readonly<Record<string, string>> {
  return { PATH: path, HOME: folder.home, TMPDIR: folder.temporary, LANG: "C.UTF-8" };
}

/** Where children find programs: the CLI, language hosts, this Node, and what the system has. */
export function searchPath(settings: PulumiSettings): string {
  return [
    join(settings.root, "bin"),
    ...settings.languageHosts,
    dirname(process.execPath),
    "/usr/local/bin",
    "/usr/bin",
    "/bin",
  ].join(delimiter);
}

const fixed = new Set([
  "PATH",
  "HOME",
  "TMPDIR",
  "LANG",
  "NO_COLOR",
  "NODE_OPTIONS",
  "PULUMI_HOME",
  "PULUMI_BACKEND_URL",
  "PULUMI_CONFIG_PASSPHRASE",
  "PULUMI_CONFIG_PASSPHRASE_FILE",
  "PULUMI_SKIP_UPDATE_CHECK",
  "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION",
  "PULUMI_DEBUG_COMMANDS",
]);

/** What is wrong with the name of a variable that a request wants to set. */
export function variableProblem(name: string): string | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name)) {
    return "is not the name of a variable";
  }
  return fixed.has(name) || name.startsWith("LD_") || name.startsWith("HOLDFAST_")
    ? "is set by the runner and cannot be changed"
    : undefined;
}

function exposed(values: ReadonlyMap<string, Secret<string>>): Record<string, string> {
  return Object.fromEntries([...values].map(([name, value]) => [name, value.expose()]));
}
