import { spawn } from "node:child_process";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/** What a server of repositories is made of. */
export interface GitServerOptions {
  /** The folder with the repositories. */
  readonly folder: string;
  /** Address that it listens on. */
  readonly host: string;
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  /** `USERNAME:PASSWORD`: nobody else gets anything. */
  readonly login: string;
}

/** A server of repositories. */
export interface GitServer {
  /** Such as `https://127.0.0.1:4711`; a repository is a folder below. */
  readonly url: string;
  close(): Promise<void>;
}

/** Serves repositories over HTTPS, on a free port, with Git's own program for it (git-http-backend(1)). */
export async function startGitServer(options: GitServerOptions): Promise<GitServer> {
  const expected = `Basic ${Buffer.from(options.login).toString("base64")}`;
  const server = createServer(
    { cert: options.certificatePem, key: options.privateKeyPem },
    (request, response) => {
      if (request.headers.authorization === expected) {
        void answer(options.folder, request, response);
      } else {
        response.writeHead(401, { "www-authenticate": 'Basic realm="test"' }).end();
      }
    },
  );
  await new Promise<void>((resolve) => server.listen(0, options.host, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://${options.host}:${port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** One request, by the rules of CGI (RFC 3875). */
async function answer(
  folder: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? "/", "https://server");
  const header = (name: string): string => String(request.headers[name] ?? "");
  const child = spawn("git", ["http-backend"], {
    stdio: ["pipe", "pipe", "inherit"],
    env: {
      PATH: process.env["PATH"],
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: "1",
      PATH_INFO: pathname,
      QUERY_STRING: searchParams.toString(),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: header("content-type"),
      HTTP_CONTENT_ENCODING: header("content-encoding"),
      HTTP_GIT_PROTOCOL: header("git-protocol"),
    },
  });
  request.pipe(child.stdin);
  const output = await buffer(child.stdout);
  const end = output.indexOf("\r\n\r\n");
  const headers = output
    .subarray(0, end)
    .toString()
    .split("\r\n")
    .map((line) => line.split(/: (.*)/, 2) as [string, string]);
  const [, status = "200"] = headers.find(([name]) => name === "Status") ?? [];
  response.writeHead(
    Number.parseInt(status, 10),
    headers.filter(([name]) => name !== "Status").flat(),
  );
  response.end(output.subarray(end + 4));
}
