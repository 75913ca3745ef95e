import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { ConnectionService } from "@holdfast/protocol/generated/holdfast/v1/connection_pb.ts";
import { OrganizationService } from "@holdfast/protocol/generated/holdfast/v1/organization_pb.ts";
import { makeCertificateRequest } from "@holdfast/protocol/identity/certificate-request.ts";
import {
  type AutomationRequest,
  localOutputsSchema,
} from "@holdfast/stacks/automation/contract.ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { progressToStandardError } from "../../tools/parts/progress.ts";
import { providePulumiNodejs } from "../../tools/parts/pulumi-nodejs.ts";
import { root } from "../architecture/repository.ts";
import { type AutomationRun, runAutomation } from "./automation-process.ts";
import { type ControlPlaneProcess, startControlPlane } from "./control-plane-process.ts";
import { pulumiRoot, textBelow } from "./engine-world.ts";

const execute = promisify(execFile);
const patience = { deadlineMs: 10_000 };
let folder = "";
let controlPlane: ControlPlaneProcess;
let request: AutomationRequest;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-local-"));
  controlPlane = await startControlPlane(join(folder, "control-plane"));
  const { requestPem } = makeCertificateRequest({ commonName: "local" });
  await writeFile(join(folder, "request.pem"), requestPem);
  await writeFile(join(folder, "state-passphrase"), "canary-state-passphrase\n", { mode: 0o600 });
  await writeFile(join(folder, "passphrase"), "canary-stack-passphrase", { mode: 0o600 });
  const { endpoint, caCertificateFile, apiKeyFile } = controlPlane;
  request = {
    pulumiRoot: await pulumiRoot(),
    stateDir: join(folder, "pulumi"),
    stackName: "local",
    passphraseFile: join(folder, "passphrase"),
    endpoint,
    caCertificateFile,
    apiKeyFile,
    program: "local",
    settings: {
      organization: "local",
      runner: "local",
      certificateRequestFile: join(folder, "request.pem"),
      stateBackendUrl: pathToFileURL(join(folder, "state")).href,
      statePassphraseFile: join(folder, "state-passphrase"),
    },
  };
});

afterEach(async () => {
  await controlPlane.stop();
  await rm(folder, { recursive: true, force: true });
});

function changesOf({ events }: AutomationRun) {
  const last = events.at(-1);
  return last?.event === "done" ? last.changes : last;
}

test("the local stack comes up, a second run changes nothing, and no secret is in clear in what Pulumi keeps or says", async () => {
  const first = await runAutomation(request);
  expect([first.exitCode, changesOf(first)]).toEqual([0, { create: 9 }]);
  const done = first.events.at(-1);
  const outputs = localOutputsSchema.parse(done?.event === "done" ? done.outputs : {});
  expect(JSON.parse(outputs.credentialsFile)).toMatchObject({ privateKey: "", generation: 1 });

  const second = await runAutomation(request);
  expect([second.exitCode, changesOf(second)]).toEqual([0, { same: 9 }]);

  const said = JSON.stringify([...first.events, ...second.events].slice(0, -1).filter(isNotDone));
  // Files that a killed engine leaves empty, and the stack unreadable with them.
  const files = await readdir(request.stateDir, { recursive: true });
  expect(files.filter((file) => file.endsWith(".attrs"))).toEqual([]);
  const kept = await textBelow(request.stateDir);
  for (const text of [said, kept]) {
    expect(text).not.toMatch(/canary-|hf_[0-9A-Za-z]+_/);
  }
});

function isNotDone({ event }: { readonly event: string }): boolean {
  return event !== "done";
}

test.each([
  "holdfast:index:Organization",
  "holdfast:index:RunnerCredentials",
  "holdfast:index:Connection",
])("an update that is killed while it makes a %s is repaired by the next one", async (type) => {
  const killed = await runAutomation(
    request,
    (event) => event.event === "resource" && event.phase === "begins" && event.type === type,
  );
  expect(killed.exitCode).toBeNull();

  const repaired = await runAutomation(request);
  expect([repaired.exitCode, repaired.events.at(-1)?.event]).toEqual([0, "done"]);
  expect(repaired.events.filter(({ event }) => event === "recovered").length).toBeGreaterThan(0);
  expect(changesOf(await runAutomation(request))).toEqual({ same: 9 });
  const { organizations } = await controlPlane.api.call(
    OrganizationService.method.listOrganizations,
    {},
    patience,
  );
  const { connections } = await controlPlane.api.call(
    ConnectionService.method.listConnections,
    { organization: "local" },
    patience,
  );
  expect(organizations.map(({ name }) => name)).toEqual(["local"]);
  expect(connections.map(({ name }) => name)).toEqual(["cluster", "state"]);
});

test("when the caller is gone the update is canceled, and the next one goes on", async () => {
  const canceled = await runAutomation(request, (event, child) => {
    if (event.event === "resource" && event.phase === "begins") {
      child.stdin.end();
    }
    return false;
  });
  expect(canceled.exitCode).toBe(1);
  expect(canceled.events.at(-1)).toMatchObject({ event: "failed" });
  expect((await runAutomation(request)).exitCode).toBe(0);
});

test("a file that is not there is told by its setting before anything is started", async () => {
  const failed = await runAutomation({ ...request, caCertificateFile: join(folder, "none") });
  expect(failed.exitCode).toBe(1);
  expect(failed.events.map(({ event }) => event)).toEqual(["failed"]);
  expect(JSON.stringify(failed.events)).toContain("caCertificateFile");
});

test("`pulumi up --stack local` at the root runs the very same program against the very same state", async () => {
  expect((await runAutomation(request)).exitCode).toBe(0);
  const project = join(folder, "project");
  await makeProject(project);
  const host = await providePulumiNodejs(progressToStandardError);
  const { stdout } = await execute(
    join(request.pulumiRoot, "bin", "pulumi"),
    ["up", "--stack", "local", "--yes", "--expect-no-changes", "--non-interactive"],
    {
      cwd: project,
      env: {
        ...process.env,
        PATH: [dirname(host.binary), join(root, "node_modules", ".bin"), process.env["PATH"]].join(
          delimiter,
        ),
        PULUMI_HOME: join(folder, "home"),
        PULUMI_BACKEND_URL: pathToFileURL(join(request.stateDir, "backend")).href,
        PULUMI_CONFIG_PASSPHRASE_FILE: request.passphraseFile,
        PULUMI_SKIP_UPDATE_CHECK: "true",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      },
    },
  );
  expect(stdout).toContain("9 unchanged");
});

/** The project as it is at the root, with the stack's settings pointing at this test's control plane. */
async function makeProject(project: string): Promise<void> {
  await mkdir(project);
  for (const name of ["Pulumi.yaml", "package.json"]) {
    await cp(join(root, name), join(project, name));
  }
  for (const name of ["stacks", "components", "foundation", "protocol", "node_modules"]) {
    await symlink(join(root, name), join(project, name));
  }
  const settings = await readFile(join(root, "Pulumi.local.yaml"), "utf8");
  await writeFile(
    join(project, "Pulumi.local.yaml"),
    settings
      .replace("127.0.0.1:8444", controlPlane.endpoint)
      .replace(".holdfast/control-plane/authority/root.pem", controlPlane.caCertificateFile)
      .replace(".holdfast/control-plane/administrator-key", controlPlane.apiKeyFile)
      .replace(".holdfast/runner/request.pem", request.settings.certificateRequestFile)
      .replace(".holdfast/state-passphrase", request.settings.statePassphraseFile)
      .replace(".holdfast/state", join(folder, "state")),
  );
}
