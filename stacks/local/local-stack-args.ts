import { readFile } from "node:fs/promises";
import { Failure } from "@holdfast/foundation/failure.ts";
import * as pulumi from "@pulumi/pulumi";
import type { AutomationRequest } from "../automation/contract.ts";

/** What the program `local` needs to know. */
export interface LocalStackArgs {
  /** Host and port of the control plane's API. */
  readonly endpoint: string;
  /** PEM that its certificate is checked against. */
  readonly caCertificate: string;
  /** File with an administrator's API key; the provider reads it, the state has only its path. */
  readonly apiKeyFile: string;
  /** Name of the organization. */
  readonly organization: string;
  /** Name of the runner. */
  readonly runner: string;
  /** PKCS #10 request of the runner, as PEM. */
  readonly certificateRequestPem: string;
  /** Where the connection `state` keeps its stacks. */
  readonly stateBackendUrl: string;
  /** Secret: passphrase of those stacks. */
  readonly statePassphrase: pulumi.Input<string>;
}

/** The settings, with files still to be read. */
export type LocalStackFiles = Pick<
  AutomationRequest,
  "endpoint" | "caCertificateFile" | "apiKeyFile" | "settings"
>;

/**
 * Reads the files that the settings name.
 *
 * @throws {Failure} `settings.invalid`, naming the setting whose file cannot be read.
 */
export async function readLocalStackArgs(files: LocalStackFiles): Promise<LocalStackArgs> {
  const { endpoint, apiKeyFile, settings } = files;
  const { organization, runner, stateBackendUrl } = settings;
  const passphrase = await read("statePassphraseFile", settings.statePassphraseFile);
  return {
    endpoint,
    apiKeyFile,
    organization,
    runner,
    stateBackendUrl,
    caCertificate: await read("caCertificateFile", files.caCertificateFile),
    certificateRequestPem: await read("certificateRequestFile", settings.certificateRequestFile),
    statePassphrase: pulumi.secret(passphrase.trim()),
  };
}

async function read(field: string, path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new Failure("settings.invalid", `The file of the setting ${field} cannot be read.`, {
      cause,
      fields: [{ field, problem: "must be the path of a file that can be read" }],
    });
  }
}
