import * as pulumi from "@pulumi/pulumi";
import { Connection } from "holdfast/connection.ts";
import { Organization } from "holdfast/organization.ts";
import { Provider } from "holdfast/provider.ts";
import { Runner } from "holdfast/runner.ts";
import { RunnerCredentials } from "holdfast/runner-credentials.ts";
import { Secret } from "holdfast/secret.ts";
import { Variable } from "holdfast/variable.ts";
import type { LocalStackArgs } from "./local-stack-args.ts";

/** Name of the secret that the connection `state` refers to. */
const statePassphraseName = "state-passphrase";

/**
 * Everything that one runner beside its control plane takes: organization, runner, credentials, a secret,
 * a variable, and the connections `cluster` and `state`.
 *
 * guarantee: no private key is in it: the credentials file waits for whoever made the request.
 */
export function localStack(args: LocalStackArgs) {
  const { endpoint, caCertificate, apiKeyFile } = args;
  const provider = new Provider("control-plane", { endpoint, caCertificate, apiKeyFile });
  const organization = new Organization(
    "organization",
    { name: args.organization, displayName: "Made by the stack `local`" },
    { provider },
  );
  const runner = new Runner(
    "runner",
    { organization: organization.id, name: args.runner, description: "Beside its control plane" },
    { provider },
  );
  const credentials = new RunnerCredentials(
    "credentials",
    {
      organization: organization.id,
      runner: runner.id,
      certificateRequestPem: args.certificateRequestPem,
    },
    { provider },
  );
  const connections = makeConnections(args, { provider, organization, runner });
  return {
    organizationId: organization.id,
    runnerId: runner.id,
    credentialsFile: pulumi.secret(credentials.credentialsFile),
    generation: credentials.generation,
    ...connections,
  };
}

interface Scope {
  readonly provider: Provider;
  readonly organization: Organization;
  readonly runner: Runner;
}

function makeConnections(args: LocalStackArgs, { provider, organization, runner }: Scope) {
  const common = { organization: organization.id, runner: runner.id };
  const passphrase = new Secret(
    "state-passphrase",
    {
      organization: organization.id,
      name: statePassphraseName,
      description: "Encrypts the state of the stacks that the runner updates",
      value: args.statePassphrase,
    },
    { provider },
  );
  new Variable(
    "environment",
    { organization: organization.id, name: "environment", value: "local" },
    { provider },
  );
  const cluster = new Connection(
    "cluster",
    { ...common, name: "cluster", provider: "kubernetes", mode: "runner-delegated" },
    { provider },
  );
  const state = new Connection(
    "state",
    {
      ...common,
      name: "state",
      provider: "pulumi",
      mode: "runner-delegated",
      settings: {
        pulumiBackend: {
          backendUrl: args.stateBackendUrl,
          passphrase: { secret: passphrase.name },
        },
      },
    },
    { provider },
  );
  return { clusterConnection: cluster.name, stateConnection: state.name };
}
