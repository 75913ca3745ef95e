import { readFile } from "node:fs/promises";
import { request } from "node:https";
import { type ClusterLayout, certificatePath } from "./layout.ts";

const answerMs = 5_000;

/** Asks the cluster's API server, as its administrator. */
export class ApiClient {
  readonly #layout: ClusterLayout;
  readonly #ca: Buffer;
  readonly #cert: Buffer;
  readonly #key: Buffer;

  private constructor(layout: ClusterLayout, ca: Buffer, cert: Buffer, key: Buffer) {
    this.#layout = layout;
    this.#ca = ca;
    this.#cert = cert;
    this.#key = key;
  }

  static async create(layout: ClusterLayout): Promise<ApiClient> {
    const [ca, cert, key] = await Promise.all([
      readFile(certificatePath(layout, "ca.crt")),
      readFile(certificatePath(layout, "admin.crt")),
      readFile(certificatePath(layout, "admin.key")),
    ]);
    return new ApiClient(layout, ca, cert, key);
  }

  /** The body of a successful answer; undefined if there is none, for whatever reason. */
  async get(path: string): Promise<string | undefined> {
    return await new Promise((resolve) => {
      const call = request(
        {
          host: this.#layout.api.address,
          port: this.#layout.api.port,
          path,
          ca: this.#ca,
          cert: this.#cert,
          key: this.#key,
          agent: false,
          timeout: answerMs,
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("error", () => {
            resolve(undefined);
          });
          response.on("end", () => {
            resolve(response.statusCode === 200 ? Buffer.concat(chunks).toString() : undefined);
          });
        },
      );
      call.on("error", () => {
        resolve(undefined);
      });
      call.on("timeout", () => {
        call.destroy();
      });
      call.end();
    });
  }

  /** Whether the API server says that it is ready. */
  async isReady(): Promise<boolean> {
    return (await this.get("/readyz")) !== undefined;
  }

  /** Whether the node takes pods. */
  async isNodeReady(name: string): Promise<boolean> {
    const text = await this.get(`/api/v1/nodes/${name}`);
    if (text === undefined) {
      return false;
    }
    const node = JSON.parse(text) as {
      status?: { conditions?: readonly { readonly type: string; readonly status: string }[] };
    };
    return (
      node.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ===
      true
    );
  }

  /** Whether the service account exists without which no pod is admitted. */
  async hasDefaultServiceAccount(): Promise<boolean> {
    return (await this.get("/api/v1/namespaces/default/serviceaccounts/default")) !== undefined;
  }
}
