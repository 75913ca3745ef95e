import { fileURLToPath } from "node:url";
import { OrganizationService } from "@holdfast/protocol/generated/holdfast/v1/organization_pb.ts";
import { RunnerService } from "@holdfast/protocol/generated/holdfast/v1/runner_pb.ts";
import { SecretService } from "@holdfast/protocol/generated/holdfast/v1/secret_pb.ts";
import { ServiceAccountService } from "@holdfast/protocol/generated/holdfast/v1/service_account_pb.ts";
import { makeCertificateRequest } from "@holdfast/protocol/identity/certificate-request.ts";
import { parseCredentialsFile } from "@holdfast/protocol/identity/credentials-file.ts";
import * as pulumi from "@pulumi/pulumi";
import { ApiKey } from "holdfast/api-key.ts";
import { type AuthenticationMode, Connection } from "holdfast/connection.ts";
import { Organization } from "holdfast/organization.ts";
import { Provider } from "holdfast/provider.ts";
import { Runner } from "holdfast/runner.ts";
import { RunnerCredentials } from "holdfast/runner-credentials.ts";
import { Secret } from "holdfast/secret.ts";
import { ServiceAccount } from "holdfast/service-account.ts";
import { Variable } from "holdfast/variable.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ControlPlaneProcess, startTemporaryControlPlane } from "./control-plane-process.ts";
import { makeStack, providerFor, textOutput } from "./engine-world.ts";

const patience = { deadlineMs: 10_000 };
let controlPlane: ControlPlaneProcess;

beforeAll(async () => {
  controlPlane = await startTemporaryControlPlane();
});

afterAll(async () => {
  await controlPlane.stop();
});

/** What a program of these tests may vary. */
interface Plan {
  readonly name: string;
  readonly description?: string;
  readonly secret?: string;
  readonly epoch?: string;
  readonly overlapSeconds?: number;
  readonly request?: string;
  readonly privateKey?: string;
  readonly runnerName?: string;
}

/** Everything that the provider has, in one program. */
function everything(plan: Plan): pulumi.automation.PulumiFn {
  return async () => {
    const options = { provider: providerFor(controlPlane) };
    const organization = new Organization("organization", { name: plan.name }, options);
    const runner = new Runner(
      "runner",
      {
        organization: organization.id,
        name: plan.runnerName ?? "prod",
        description: plan.description,
      },
      options,
    );
    const credentials =
      plan.request === undefined
        ? undefined
        : new RunnerCredentials(
            "credentials",
            {
              organization: organization.id,
              runner: runner.id,
              certificateRequestPem: plan.request,
              privateKeyPem: plan.privateKey,
              epoch: plan.epoch,
              overlapSeconds: plan.overlapSeconds,
            },
            options,
          );
    const secret = new Secret(
      "secret",
      { organization: organization.id, name: "passphrase", value: plan.secret ?? "canary-secret" },
      options,
    );
    new Variable(
      "variable",
      { organization: organization.id, name: "region", value: "eu" },
      options,
    );
    const account = new ServiceAccount(
      "account",
      { organization: organization.id, name: "deployer", role: "operator" },
      options,
    );
    const key = new ApiKey(
      "key",
      { organization: organization.id, serviceAccount: account.id },
      options,
    );
    const connection = new Connection(
      "state",
      {
        organization: organization.id,
        name: "state",
        provider: "pulumi",
        mode: "runner-delegated",
        runner: runner.id,
        settings: {
          pulumiBackend: {
            backendUrl: "file:///var/lib/state",
            passphrase: { secret: secret.name },
            environment: { AWS_REGION: { variable: "region" } },
          },
        },
      },
      options,
    );
    new Connection(
      "inline",
      {
        organization: organization.id,
        name: "inline",
        provider: "aws",
        mode: "inline",
        runner: runner.id,
        inlineCredentials: JSON.stringify({
          access_key_id: "canary-inline-id",
          secret_access_key: "canary-inline-secret",
        }),
      },
      options,
    );
    return {
      organizationId: organization.id,
      runnerId: runner.id,
      version: secret.version,
      token: key.token,
      generation: credentials?.generation,
      credentialsFile: credentials?.credentialsFile,
      connectionRunner: connection.runnerId,
    };
  };
}

async function exists(name: string): Promise<boolean> {
  return await controlPlane.api
    .call(OrganizationService.method.getOrganization, { organization: name }, patience)
    .then(
      () => true,
      () => false,
    );
}

test("a stack is made, left alone, changed, refreshed after drift and destroyed, and no secret is in clear in its state", async () => {
  const { up, stack, backendText } = await makeStack();
  const { requestPem, privateKeyPem } = makeCertificateRequest({ commonName: "prod" });
  const plan = {
    name: "life",
    request: requestPem,
    privateKey: privateKeyPem.expose(),
  };

  const made = await up(everything(plan));
  expect(made.changes).toEqual({ create: 11 });
  const file = parseCredentialsFile(textOutput(made, "credentialsFile"));
  expect(file.runner.id).toBe(made.outputs["runnerId"]);
  expect(file.privateKey.expose()).toBe(privateKeyPem.expose());
  expect(made.outputs["token"]).toMatch(/^hf_/);
  expect(made.outputs["connectionRunner"]).toBe(made.outputs["runnerId"]);

  expect((await up(everything(plan))).changes).toEqual({});

  const changed = await up(everything({ ...plan, description: "new", secret: "canary-second" }));
  expect(changed.changes).toEqual({ update: 2 });
  expect(changed.outputs["version"]).toBe(2);

  const organizationId = textOutput(made, "organizationId");
  const runnerId = textOutput(made, "runnerId");
  const { api } = controlPlane;
  await api.call(
    RunnerService.method.updateRunner,
    { organization: organizationId, runner: runnerId, description: "drifted" },
    patience,
  );
  await api.call(
    SecretService.method.addSecretVersion,
    { organization: organizationId, secret: "passphrase", value: "canary-drifted" },
    patience,
  );
  await api.call(
    ServiceAccountService.method.deleteServiceAccount,
    { organization: organizationId, serviceAccount: "deployer" },
    patience,
  );
  const refreshed = await stack.refresh({ color: "never" });
  expect(refreshed.summary.resourceChanges).toMatchObject({ update: 2, delete: 2 });
  const mended = await up(everything({ ...plan, description: "new", secret: "canary-second" }));
  expect(mended.changes).toEqual({ create: 2, update: 2 });
  expect(mended.outputs["version"]).toBe(4);

  const canaries = [
    /canary-(?!drifted)/,
    new RegExp(privateKeyPem.expose().split("\n")[1] ?? "canary"),
    /hf_[0-9A-Za-z]+_/,
  ];
  const text = `${await backendText()}\n${made.text}${changed.text}${mended.text}`;
  for (const canary of canaries) {
    expect(text).not.toMatch(canary);
  }

  await stack.destroy({ color: "never" });
  expect(await exists("life")).toBe(false);
});

test("another name replaces, and so does everything that belongs to it; the old ones go", async () => {
  const { up, stack } = await makeStack();
  await up(everything({ name: "before" }));
  const replaced = await up(everything({ name: "after" }));
  expect(replaced.changes).toEqual({ replace: 8 });
  expect([await exists("before"), await exists("after")]).toEqual([false, true]);
  const renamed = await up(everything({ name: "after", runnerName: "other" }));
  expect(renamed.changes).toEqual({ replace: 1, update: 2 });
  await stack.destroy({ color: "never" });
});

test("another epoch makes the next generation and revokes the one before; with an overlap that one works on", async () => {
  const { up, stack } = await makeStack();
  const { requestPem } = makeCertificateRequest({ commonName: "prod" });
  const plan = { name: "epochs", request: requestPem };
  const first = await up(everything(plan));
  const generations = async () => {
    const { credentials } = await controlPlane.api.call(
      RunnerService.method.listCredentials,
      { organization: "epochs", runner: "prod" },
      patience,
    );
    return credentials.map((each) => [
      each.generation,
      each.revokedAt === undefined ? "works" : "revoked",
      each.revokeAfter === undefined ? "" : "overlaps",
    ]);
  };
  expect(JSON.parse(textOutput(first, "credentialsFile"))).toMatchObject({ privateKey: "" });

  const second = await up(everything({ ...plan, epoch: "2" }));
  expect(second.changes).toEqual({ replace: 1 });
  expect(second.outputs["generation"]).toBe(2);
  expect(await generations()).toEqual([
    [2, "works", ""],
    [1, "revoked", ""],
  ]);

  await up(everything({ ...plan, epoch: "3", overlapSeconds: 900 }));
  expect(await generations()).toEqual([
    [3, "works", ""],
    [2, "works", "overlaps"],
    [1, "revoked", ""],
  ]);
  await stack.destroy({ color: "never" });
});

test("a preview reaches no control plane and reads no key, also with values that are not known yet", async () => {
  const { preview } = await makeStack();
  const changes = await preview(async () => {
    const provider = new Provider("nowhere", {
      endpoint: "127.0.0.1:1",
      apiKeyFile: "/there/is/no/such/file",
      caCertificateFile: "/there/is/no/such/file",
    });
    const organization = new Organization("organization", { name: "preview" }, { provider });
    const runner = new Runner(
      "runner",
      { organization: organization.id, name: "prod" },
      { provider },
    );
    new RunnerCredentials(
      "credentials",
      {
        organization: organization.id,
        runner: runner.id,
        certificateRequestPem: pulumi.interpolate`${runner.createdAt}`,
      },
      { provider },
    );
    new Secret(
      "secret",
      { organization: organization.id, name: "passphrase", value: runner.id },
      { provider },
    );
    return {};
  });
  expect(changes).toEqual({ create: 6 });
});

test("arguments that are wrong are all told at once, each by its property path, and no value is repeated", async () => {
  const { failure } = await makeStack();
  const text = await failure(async () => {
    new Connection(
      "wrong",
      {
        organization: "",
        name: "Wrong Name",
        provider: "aws",
        mode: "cross-account-trust",
        runner: "prod",
        inlineCredentials: "canary-credentials",
        settings: { gcp: { projectId: "p" }, aws: { externalId: "canary-external" } },
      },
      { provider: providerFor(controlPlane) },
    );
    return {};
  });
  for (const path of [
    "organization",
    "name",
    "inlineCredentials",
    "settings.gcp",
    "settings.aws.roleArn",
  ]) {
    expect(text).toContain(path);
  }
  expect(text.toLowerCase()).not.toContain("canary");
});

test("a configuration that is wrong is told by its property", async () => {
  const { failure } = await makeStack();
  const text = await failure(async () => {
    new Provider("wrong", { endpoint: "https://example.test", apiKey: "canary", apiKeyFile: "f" });
    return {};
  });
  expect(text).toContain("endpoint");
  expect(text).toContain("apiKeyFile");
  expect(text).not.toContain("canary");
});

test("what the control plane refuses is told by its property, and the next update goes on from there", async () => {
  const { up, failure, stack } = await makeStack();
  await controlPlane.api.call(
    OrganizationService.method.createOrganization,
    { name: "taken" },
    patience,
  );
  const program = (name: string) => async () => {
    const options = { provider: providerFor(controlPlane) };
    const first = new Organization("first", { name: "half" }, options);
    new Runner("runner", { organization: first.id, name: "prod" }, options);
    new Organization("second", { name }, { ...options, dependsOn: first });
    return {};
  };
  const text = await failure(program("taken"));
  expect(text).toContain("organization.exists");
  expect(text).toContain("property name");
  const repaired = await up(program("half-two"));
  expect(repaired.changes["create"]).toBeGreaterThanOrEqual(1);
  expect(await exists("half-two")).toBe(true);
  expect((await up(program("half-two"))).changes).toEqual({});
  await stack.destroy({ color: "never" });
});

test("what exists already is imported by its name", async () => {
  const { cli, up, stack } = await makeStack();
  const { api } = controlPlane;
  await api.call(OrganizationService.method.createOrganization, { name: "imported" }, patience);
  await api.call(
    RunnerService.method.createRunner,
    { organization: "imported", name: "prod", description: "by hand" },
    patience,
  );
  const program =
    (isImport: boolean): pulumi.automation.PulumiFn =>
    async () => {
      const provider = providerFor(controlPlane);
      const from = (id: string) => ({ provider, ...(isImport ? { import: id } : {}) });
      const organization = new Organization("organization", { name: "imported" }, from("imported"));
      const runner = new Runner(
        "runner",
        { organization: "imported", name: "prod", description: "by hand" },
        // It is named by its name, so nothing else tells the engine what has to be deleted first.
        { ...from("imported/prod"), dependsOn: [organization] },
      );
      return { organizationId: organization.id, runnerId: runner.id };
    };
  const imported = await up(program(true));
  expect(imported.changes).toEqual({ create: 2, import: 2 });
  expect(imported.outputs["organizationId"]).toMatch(/^org_/);
  expect(imported.outputs["runnerId"]).toMatch(/^run_/);
  expect((await up(program(false))).changes).toEqual({});
  expect(await cli(["stack", "export"])).toContain(textOutput(imported, "runnerId"));
  await stack.destroy({ color: "never" });
});

test("the schema that is checked in is one that Pulumi takes", async () => {
  const { cli } = await makeStack();
  const schema = fileURLToPath(import.meta.resolve("holdfast/schema.json"));
  expect(await cli(["schema", "check", schema], false)).not.toMatch(/error|warning/i);
});

test("a connection of another mode replaces the one of the same name, which goes first", async () => {
  const { up, stack } = await makeStack();
  const program =
    (mode: AuthenticationMode): pulumi.automation.PulumiFn =>
    async () => {
      const options = { provider: providerFor(controlPlane) };
      const organization = new Organization("organization", { name: "modes" }, options);
      const runner = new Runner("runner", { organization: organization.id, name: "prod" }, options);
      new Connection(
        "connection",
        {
          organization: organization.id,
          name: "cloud",
          provider: "gcp",
          mode,
          runner: runner.id,
          settings: {
            gcp: {
              projectId: "project",
              serviceAccountEmail:
                mode === "cross-account-trust" ? "a@project.iam.gserviceaccount.com" : undefined,
            },
          },
        },
        options,
      );
      return {};
    };
  await up(program("runner-delegated"));
  expect((await up(program("cross-account-trust"))).changes).toEqual({ replace: 1 });
  await stack.destroy({ color: "never" });
});

test("another address of the same control plane changes the provider and nothing else", async () => {
  const { up, stack } = await makeStack();
  const program =
    (endpoint: string): pulumi.automation.PulumiFn =>
    async () => {
      const { caCertificateFile, apiKeyFile } = controlPlane;
      const provider = new Provider("control-plane", { endpoint, caCertificateFile, apiKeyFile });
      new Organization("organization", { name: "moved" }, { provider });
      return {};
    };
  await up(program(controlPlane.endpoint));
  const moved = await up(program(controlPlane.endpoint.replace("127.0.0.1", "localhost")));
  expect(moved.changes).toEqual({ update: 1 });
  await stack.destroy({ color: "never" });
});
