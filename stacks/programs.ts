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
  pki: async (config, folder) => {
    const { pki } = await import("./pki/pki.ts");
    return await pki(config, folder);
  },
  "runner-kubernetes": async (config, folder) => {
    const { runnerKubernetes } = await import("./runner-kubernetes/runner-kubernetes.ts");
    return await runnerKubernetes(config, folder);
  },
  "runner-ecs": async (config, folder) => {
    const { runnerEcs } = await import("./runner-ecs/runner-ecs.ts");
    return await runnerEcs(config, folder);
  },
  "runner-eks": async (config, folder) => {
    const { runnerEks } = await import("./runner-eks/runner-eks.ts");
    return await runnerEks(config, folder);
  },
  "runner-gke": async (config, folder) => {
    const { runnerGke } = await import("./runner-gke/runner-gke.ts");
    return await runnerGke(config, folder);
  },
  "runner-cloud-run": async (config, folder) => {
    const { runnerCloudRun } = await import("./runner-cloud-run/runner-cloud-run.ts");
    return await runnerCloudRun(config, folder);
  },
  "runner-aks": async (config, folder) => {
    const { runnerAks } = await import("./runner-aks/runner-aks.ts");
    return await runnerAks(config, folder);
  },
  "runner-container-apps": async (config, folder) => {
    const { runnerContainerApps } = await import(
      "./runner-container-apps/runner-container-apps.ts"
    );
    return await runnerContainerApps(config, folder);
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
