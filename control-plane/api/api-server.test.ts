import { Client, credentials, Metadata, ServerCredentials, type ServiceError } from "@grpc/grpc-js";
import { silentLog } from "@holdfast/foundation/log.ts";
import { IdentityService } from "@holdfast/protocol/generated/holdfast/v1/identity_pb.ts";
import { RunnerService } from "@holdfast/protocol/generated/holdfast/v1/runner_pb.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TestClock } from "../../test/support/test-clock.ts";
import { TestRandom } from "../../test/support/test-random.ts";
import { makeAccess } from "../access/cedar-access.ts";
import { type ApiServer, makeApiServer } from "./api-server.ts";
import { makeCallLimits } from "./call-limits.ts";

const same = (bytes: Buffer): Buffer => bytes;
let api: ApiServer;
let client: Client;

beforeAll(async () => {
  const handlers = [...RunnerService.methods, ...IdentityService.methods].map((method) => ({
    method,
    unary: async () => await Promise.resolve({}),
  }));
  api = makeApiServer(handlers, {
    // Health and reflection ask nothing of the store, and nobody who they are.
    storage: undefined as never,
    access: makeAccess(),
    limits: makeCallLimits(),
    clock: new TestClock(),
    random: new TestRandom(),
    log: silentLog,
    callerKind: "service-account",
    identify: () => Promise.reject(new Error("nobody is identified here")),
  });
  const bound = Promise.withResolvers<number>();
  api.server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
    error === null ? bound.resolve(port) : bound.reject(error),
  );
  client = new Client(`127.0.0.1:${await bound.promise}`, credentials.createInsecure());
});

afterAll(() => {
  client.close();
  api.server.forceShutdown();
});

/** grpc.health.v1.HealthCheckRequest{service}, and the status of the response. */
async function healthOf(service: string): Promise<number> {
  const request = Buffer.concat([Buffer.from([0x0a, service.length]), Buffer.from(service)]);
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  client.makeUnaryRequest(
    "/grpc.health.v1.Health/Check",
    same,
    same,
    request,
    new Metadata(),
    (error: ServiceError | null, bytes?: Buffer) =>
      error === null ? resolve(bytes ?? Buffer.alloc(0)) : reject(error),
  );
  return (await promise).at(1) ?? 0;
}

/** grpc.reflection.v1.ServerReflectionRequest with one field that is a text. */
async function reflect(field: number, text: string): Promise<string> {
  const call = client.makeBidiStreamRequest(
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    same,
    same,
  );
  call.write(Buffer.concat([Buffer.from([(field << 3) | 2, text.length]), Buffer.from(text)]));
  call.end();
  let answer = "";
  for await (const bytes of call) {
    answer += (bytes as Buffer).toString("latin1");
  }
  return answer;
}

const listServices = 7;
const fileByName = 3;
const fileContainingSymbol = 4;

test("health says for the whole and for each service whether callers should come", async () => {
  const names = ["", "holdfast.v1.RunnerService", "holdfast.v1.IdentityService"];
  expect(await healthOf("")).toBe(2);
  api.setServing(true);
  expect(await Promise.all(names.map(healthOf))).toEqual([1, 1, 1]);
  api.setServing(false);
  expect(await Promise.all(names.map(healthOf))).toEqual([2, 2, 2]);
});

test("reflection lists what is served, and nothing that is not", async () => {
  const answer = await reflect(listServices, "*");
  expect(answer).toContain("holdfast.v1.RunnerService");
  expect(answer).toContain("holdfast.v1.IdentityService");
  expect(answer).not.toContain("holdfast.v1.TunnelService");
  expect(answer).not.toContain("holdfast.v1.ReferenceService");
});

test("reflection gives the file of a service with the files that it imports", async () => {
  const answer = await reflect(fileContainingSymbol, "holdfast.v1.RunnerService");
  for (const name of ["holdfast/v1/runner", "holdfast/v1/options", "google/protobuf/timestamp"]) {
    expect(answer.includes(name), name).toBe(true);
  }
  // The library leaves out what is only extended; clients ask for it by its name.
  const name = "google/protobuf/descriptor.proto";
  expect((await reflect(fileByName, name)).includes("FileDescriptorSet")).toBe(true);
});
