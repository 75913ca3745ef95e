import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import { Failure } from "@holdfast/foundation/failure.ts";
import { failureOfConnection, failureOfStatus } from "./api-failure.ts";
import type { ClusterAccess } from "./cluster-access.ts";

/** How long the API server may be silent before it has begun to answer, in milliseconds. */
const silenceMsMax = 30_000;

/** Largest answer that is read into memory, in bytes: 1,000 large pods fit. */
const answerBytesMax = 64 * 1024 * 1024;

/** Largest refusal that is read, in bytes. */
const refusalBytesMax = 64 * 1024;

/** What is asked of the API server. Parameters that are undefined, empty, zero or false are left out. */
export interface ApiQuestion {
  /** Path segments, such as `api`, `v1`, `pods`; each is encoded. */
  readonly path: readonly string[];
  readonly parameters: Readonly<Record<string, string | number | boolean | undefined>>;
}

/** Reads from one cluster, as one identity, over one connection for each question. */
export class KubernetesClient {
  readonly #access: ClusterAccess;

  constructor(access: ClusterAccess) {
    this.#access = access;
  }

  /** @throws {Failure} `cloud.*` or `operation.input_invalid`, with the API server's own words. */
  async readJson(question: ApiQuestion, signal: AbortSignal): Promise<unknown> {
    const response = await this.#ask(question, "application/json", signal);
    const body = await readText(response, answerBytesMax, this.#access, signal);
    try {
      return JSON.parse(body);
    } catch (cause) {
      throw notKubernetes(this.#access, cause);
    }
  }

  /** @throws {Failure} as {@link KubernetesClient.readJson}; leaving the loop ends the connection. */
  async *readStream(
    question: ApiQuestion,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const response = await this.#ask(question, "*/*", signal);
    // A followed log may be silent for hours.
    response.socket.setTimeout(0);
    try {
      for await (const chunk of response) {
        yield chunk as Uint8Array;
      }
    } catch (error) {
      throw connectionFailure(this.#access, error, signal);
    } finally {
      response.destroy();
    }
  }

  /** Resolves with the head of a successful answer. */
  async #ask(question: ApiQuestion, accept: string, signal: AbortSignal): Promise<IncomingMessage> {
    signal.throwIfAborted();
    const access = this.#access;
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const call = request(
      {
        host: access.host,
        port: access.port,
        path: access.basePath + pathOf(question),
        headers: {
          accept,
          "user-agent": "holdfast-runner",
          ...(access.token === undefined
            ? {}
            : { authorization: `Bearer ${access.token.expose()}` }),
        },
        ca: access.ca,
        ...(access.certificate === undefined
          ? {}
          : { cert: access.certificate.pem, key: access.certificate.key.expose() }),
        ...(access.serverName === undefined ? {} : { servername: access.serverName }),
        minVersion: "TLSv1.2",
        // One connection for each question: what is kept could serve another identity.
        agent: new Agent({ keepAlive: false, maxCachedSessions: 0 }),
        timeout: silenceMsMax,
        signal,
      },
      resolve,
    );
    call.on("timeout", () => call.destroy(new Error("no answer in time")));
    call.on("error", reject);
    call.end();
    const response = await promise.catch((error: unknown) => {
      throw connectionFailure(access, error, signal);
    });
    if (response.statusCode === 200) {
      return response;
    }
    throw failureOfStatus(access, {
      status: response.statusCode ?? 0,
      body: await readText(response, refusalBytesMax, access, signal),
      retryAfter: response.headers["retry-after"],
    });
  }
}

function pathOf({ path, parameters }: ApiQuestion): string {
  const query = new URLSearchParams(
    Object.entries(parameters).flatMap(([name, value]) =>
      value === undefined || value === "" || value === 0 || value === false
        ? []
        : [[name, String(value)]],
    ),
  ).toString();
  const joined = path.map((segment) => `/${encodeURIComponent(segment)}`).join("");
  return query === "" ? joined : `${joined}?${query}`;
}

async function readText(
  response: IncomingMessage,
  bytesMax: number,
  access: ClusterAccess,
  signal: AbortSignal,
): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response) {
      const buffer = chunk as Buffer;
      bytes += buffer.byteLength;
      if (bytes > bytesMax) {
        break;
      }
      chunks.push(buffer);
    }
  } catch (error) {
    throw connectionFailure(access, error, signal);
  }
  if (bytes > bytesMax) {
    throw new Failure(
      "operation.output_too_large",
      `The cluster's answer is larger than ${bytesMax} bytes: ask for smaller pages.`,
    );
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Whoever was told to stop has the reason for it; anything else is the network's. */
function connectionFailure(access: ClusterAccess, error: unknown, signal: AbortSignal): unknown {
  return signal.aborted ? signal.reason : failureOfConnection(access, error);
}

function notKubernetes(access: ClusterAccess, cause: unknown): Failure {
  return new Failure(
    "cloud.failed",
    `Whoever answers at ${access.host}:${access.port} does not answer as Kubernetes does.`,
    { cause },
  );
}
