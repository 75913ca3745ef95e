import { Failure } from "@holdfast/foundation/failure.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import { SystemClock } from "@holdfast/foundation/system/system-clock.ts";
import { beforeAll, expect, test } from "vitest";
import {
  answerJson,
  type FakeApiServer,
  startFakeApiServer,
} from "../../../test/support/fake-api-server.ts";
import {
  makeTestAuthority,
  type TestAuthority,
  type TestCertificate,
} from "../../../test/support/test-authority.ts";
import type { ClusterAccess } from "./cluster-access.ts";
import { KubernetesClient } from "./kubernetes-client.ts";

const { signal } = new AbortController();

let authority: TestAuthority;
let certificate: TestCertificate;
beforeAll(async () => {
  authority = await makeTestAuthority(new SystemClock());
  certificate = await authority.issueServer(["localhost"]);
});

function clientOf(port: number, changes: Partial<ClusterAccess> = {}): KubernetesClient {
  return new KubernetesClient({
    host: "127.0.0.1",
    port,
    basePath: "",
    ca: authority.serverTrustPem,
    serverName: "localhost",
    token: new Secret("canary-token"),
    certificate: undefined,
    isInline: true,
    ...changes,
  });
}

async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Failure) {
      return error;
    }
    throw error;
  }
  throw new Error("it succeeded");
}

async function refusing(
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<FakeApiServer> {
  return await startFakeApiServer(certificate, (_request, response) => {
    for (const [name, value] of Object.entries(headers)) {
      response.setHeader(name, value);
    }
    answerJson(response, status, { kind: "Status", message });
  });
}

test("a question is asked with its path encoded, its parameters, and the token", async () => {
  const server = await startFakeApiServer(certificate, (_request, response) =>
    answerJson(response, 200, { items: [] }),
  );
  const question = {
    path: ["api", "v1", "namespaces", "a/b", "pods"],
    parameters: { labelSelector: "a=b,c", limit: 5, continue: "", follow: false, since: undefined },
  };
  const client = clientOf(server.port, { basePath: "/clusters/one" });
  expect(await client.readJson(question, signal)).toEqual({ items: [] });
  expect(server.seen).toEqual([
    {
      url: "/clusters/one/api/v1/namespaces/a%2Fb/pods?labelSelector=a%3Db%2Cc&limit=5",
      authorization: "Bearer canary-token",
    },
  ]);
});

test.each([
  [400, true, "operation.input_invalid"],
  [422, true, "operation.input_invalid"],
  [401, true, "cloud.credentials_invalid"],
  [401, false, "cloud.identity_missing"],
  [403, true, "cloud.permission_denied"],
  [404, true, "cloud.not_found"],
  [410, true, "operation.input_invalid"],
  [429, true, "cloud.throttled"],
  [500, true, "cloud.failed"],
  [302, true, "cloud.failed"],
] as const)(
  "an answer %i (inline: %s) is told as %s, in the API server's own words and without secrets",
  async (status, isInline, code) => {
    const server = await refusing(status, "the server says why: Bearer canary-canary", {
      location: "https://elsewhere.invalid/",
      "retry-after": "7",
    });
    const client = clientOf(server.port, { isInline });
    const failure = await failureOf(client.readJson({ path: ["api"], parameters: {} }, signal));
    expect(failure.code).toBe(code);
    expect(failure.message).toContain("the server says why: [secret]");
    expect(failure.retryAfterMs).toBe(status === 429 ? 7_000 : undefined);
    // A redirect is not followed: it would carry the token elsewhere.
    expect(server.seen.length).toBe(1);
  },
);

test("whoever answers without the cluster's certificate gets no token", async () => {
  const server = await startFakeApiServer(certificate, (_request, response) =>
    answerJson(response, 200, {}),
  );
  const other = await makeTestAuthority(new SystemClock());
  const ask = async (changes: Partial<ClusterAccess>): Promise<string> => {
    const client = clientOf(server.port, changes);
    return (await failureOf(client.readJson({ path: ["api"], parameters: {} }, signal))).code;
  };
  expect(await ask({ ca: other.serverTrustPem })).toBe("cloud.credentials_invalid");
  expect(await ask({ serverName: "other.invalid" })).toBe("cloud.credentials_invalid");
  expect(await ask({ ca: other.serverTrustPem, isInline: false })).toBe("cloud.unreachable");
  expect(server.seen).toEqual([]);
});

test("a cluster that cannot be reached is named by its address", async () => {
  const failure = await failureOf(clientOf(1).readJson({ path: ["api"], parameters: {} }, signal));
  expect(failure.code).toBe("cloud.unreachable");
  expect(failure.message).toContain("127.0.0.1:1");
});

test("an answer that is no JSON, or that breaks off, is told as a failure of the cloud", async () => {
  const text = await startFakeApiServer(certificate, (_request, response) => response.end("hello"));
  const ask = async (server: FakeApiServer): Promise<string> =>
    (await failureOf(clientOf(server.port).readJson({ path: ["api"], parameters: {} }, signal)))
      .code;
  expect(await ask(text)).toBe("cloud.failed");
  const broken = await startFakeApiServer(certificate, (_request, response) => {
    response.writeHead(200, { "content-length": "1000" });
    response.write("{", () => response.destroy());
  });
  expect(await ask(broken)).toBe("cloud.unreachable");
});

test("a stream is read as it comes, and its connection ends with the loop", async () => {
  const closed = Promise.withResolvers<void>();
  const server = await startFakeApiServer(certificate, (request, response) => {
    request.on("close", () => closed.resolve());
    response.write("one\n");
  });
  for await (const chunk of clientOf(server.port).readStream(
    { path: ["log"], parameters: {} },
    signal,
  )) {
    expect(Buffer.from(chunk).toString()).toBe("one\n");
    break;
  }
  await closed.promise;
});

test("an operation that is stopped ends its question, with the reason of the stop", async () => {
  const stop = new AbortController();
  const server = await startFakeApiServer(certificate, () => {
    stop.abort(new Failure("operation.canceled", "Stopped."));
  });
  const question = { path: ["api"], parameters: {} };
  expect((await failureOf(clientOf(server.port).readJson(question, stop.signal))).code).toBe(
    "operation.canceled",
  );
  const late = new AbortController();
  const slow = await startFakeApiServer(certificate, (_request, response) => {
    response.write("begun");
  });
  const chunks = clientOf(slow.port).readStream(question, late.signal);
  await chunks.next();
  const next = failureOf(chunks.next());
  late.abort(new Failure("operation.expired", "Late."));
  expect((await next).code).toBe("operation.expired");
}, 10_000);
