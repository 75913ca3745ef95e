import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Failure } from "@holdfast/foundation/failure.ts";
import * as pulumi from "@pulumi/pulumi";
import type { Program } from "./program.ts";

/**
 * Every program of the project, by the name that `holdfast:program` gives; each is loaded only when it runs,
 * because the SDK of a cloud takes its time.
 */
const programs: Readonly<Record<string, Program>> = {
  local: async (config, folder) => {
    const { localStack } = await import("./local/local-stack.ts");
    const { readLocalStackArgs } = await import("./local/local-stack-args.ts");
    const file = (key: string): string => resolve(folder, config.require(key));
    const args = await readLocalStackArgs({
      endpoint: config.require("endpoint"),
      caCertificateFile: file("caCertificateFile"),
      apiKeyFile: file("apiKeyFile"),
      settings: {
        organization: config.require("organization"),
        runner: config.require("runner"),
        certificateRequestFile: file("certificateRequestFile"),
        stateBackendUrl: pathToFileURL(file("stateFolder")).href,
        statePassphraseFile: file("statePassphraseFile"),
      },
    });
    return localStack(args);
  },
};

/**
 * Runs the program that the stack's configuration names.
 *
 * @param folder the project's: paths in the configuration are relative to it.
 * @throws {Failure} `settings.invalid` if there is no such program.
 */
export async function runConfiguredProgram(folder: string): Promise<Record<string, unknown>> {
  const config = new pulumi.Config("holdfast");
  const name = config.require("program");
  const program = programs[name];
  if (program === undefined) {
    throw new Failure("settings.invalid", `There is no program ${name}.`, {
      fields: [
        {
          field: "holdfast:program",
          problem: `must be one of ${Object.keys(programs).join(", ")}`,
        },
      ],
    });
  }
  return await program(config, folder);
}
