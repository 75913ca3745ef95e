import { resolve } from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import { Provider } from "holdfast/provider.ts";
import { Runner } from "holdfast/runner.ts";
import { RunnerIdentity } from "holdfast/runner-identity/runner-identity.ts";

/** A runner that the control plane knows, and the credentials that it starts from. */
export interface EnrolledRunner {
  readonly runner: Runner;
  readonly identity: RunnerIdentity;
}

/**
 * Registers a runner in an organization that exists, and makes its identity: what every stack of a hosting
 * target begins with.
 *
 * Configuration: `endpoint` (host and port of the control plane's API), `caCertificateFile` and `apiKeyFile`
 * (paths, relative to `folder`), `organization` and `runner` (their names), and `epoch` (any text; another
 * one rotates the credentials).
 */
export function enrolledRunner(config: pulumi.Config, folder: string): EnrolledRunner {
  const provider = new Provider("control-plane", {
    endpoint: config.require("endpoint"),
    caCertificateFile: resolve(folder, config.require("caCertificateFile")),
    apiKeyFile: resolve(folder, config.require("apiKeyFile")),
  });
  const organization = config.require("organization");
  const runner = new Runner(
    "runner",
    { organization, name: config.require("runner") },
    { provider },
  );
  const identity = new RunnerIdentity(
    "identity",
    { organization, runner: runner.id, epoch: config.require("epoch") },
    { providers: [provider] },
  );
  return { runner, identity };
}
