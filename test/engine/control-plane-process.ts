import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { OrganizationService } from "@holdfast/protocol/generated/holdfast/v1/organization_pb.ts";
import type { ApiClient } from "@holdfast/protocol/grpc/client.ts";
import { connectToApi } from "holdfast/provider/api.ts";
import { onTestFinished } from "vitest";

/** A control plane that runs as a process of its own, on a data directory of its own. */
export interface ControlPlaneProcess {
  readonly endpoint: string;
  readonly caCertificateFile: string;
  readonly apiKeyFile: string;
  /** A client with the administrator's key. */
  readonly api: ApiClient;
  stop(): Promise<void>;
}

/** Starts the real control plane on free ports. */
export async function startControlPlane(dataDirectory: string): Promise<ControlPlaneProcess> {
  const program = fileURLToPath(import.meta.resolve("@holdfast/control-plane/main.ts"));
  const child = spawn(process.execPath, [program], {
    env: {
      PATH: process.env["PATH"],
      HOLDFAST_DATA_DIRECTORY: dataDirectory,
      HOLDFAST_TUNNEL_PORT: "0",
      HOLDFAST_API_PORT: "0",
      HOLDFAST_PARENT_WATCH: "on",
      HOLDFAST_LOG_LEVEL: "warn",
    },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const ended = new Promise<void>((end) => {
    child.once("close", () => {
      reject(new Error("the control plane ended before it was ready"));
      end();
    });
  });
  createInterface({ input: child.stdout }).once("line", (line) => {
    const { apiPort } = JSON.parse(line) as { readonly apiPort: number };
    resolve(apiPort);
  });
  const endpoint = `127.0.0.1:${await promise}`;
  const caCertificateFile = `${dataDirectory}/authority/root.pem`;
  const apiKeyFile = `${dataDirectory}/administrator-key`;
  const api = await connectToApi({ endpoint, caCertificateFile, apiKeyFile }, {});
  return {
    endpoint,
    caCertificateFile,
    apiKeyFile,
    api,
    stop: async () => {
      api.close();
      child.stdin.end();
      await ended;
    },
  };
}

/** Starts the real control plane on a data directory that is removed when it is stopped. */
export async function startTemporaryControlPlane(): Promise<ControlPlaneProcess> {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-engine-cp-"));
  const remove = async (): Promise<void> => await rm(folder, { recursive: true, force: true });
  try {
    const controlPlane = await startControlPlane(join(folder, "data"));
    return {
      ...controlPlane,
      stop: async () => {
        await controlPlane.stop();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** A control plane for the test that runs, which has this organization; gone when the test has finished. */
export async function controlPlaneForTest(organization: string): Promise<ControlPlaneProcess> {
  const controlPlane = await startTemporaryControlPlane();
  onTestFinished(controlPlane.stop);
  const { createOrganization } = OrganizationService.method;
  await controlPlane.api.call(createOrganization, { name: organization }, { deadlineMs: 10_000 });
  return controlPlane;
}
