import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import type { TestCertificate } from "./test-authority.ts";

/** What a request to {@link FakeApiServer} looked like. */
export interface SeenRequest {
  readonly url: string;
  readonly authorization: string | undefined;
}

/** Something on loopback that speaks HTTPS as a Kubernetes API server does, and answers as a test says. */
export interface FakeApiServer {
  readonly port: number;
  readonly seen: readonly SeenRequest[];
}

/**
 * Starts a {@link FakeApiServer}.
 *
 * What it does not prove: that Kubernetes answers like this. The tests against a real cluster do.
 */
export async function startFakeApiServer(
  certificate: TestCertificate,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<FakeApiServer> {
  const seen: SeenRequest[] = [];
  const server = createServer(
    { cert: certificate.certificatePem, key: certificate.privateKeyPem.expose() },
    (request, response) => {
      seen.push({ url: request.url ?? "", authorization: request.headers.authorization });
      answer(request, response);
    },
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, seen };
}

/** An answer in the form of the API server. */
export function answerJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
