import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { ApiClient } from "@holdfast/protocol/grpc/client.ts";
import { connectToApi } from "holdfast/provider/api.ts";

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
