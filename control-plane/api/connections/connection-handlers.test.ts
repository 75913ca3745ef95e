import { create, type DescMethod, toJsonString } from "@bufbuild/protobuf";
import { makeIdentifier } from "@holdfast/foundation/identifier.ts";
import {
  ConnectionService,
  type GetConnectionResponse,
  GetConnectionResponseSchema,
  type ListConnectionsResponse,
  ListConnectionsResponseSchema,
  AuthenticationMode as Mode,
} from "@holdfast/protocol/generated/holdfast/v1/connection_pb.ts";
import { Provider } from "@holdfast/protocol/generated/holdfast/v1/options_pb.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openSealingWorld, type SealingWorld } from "../../../test/support/sealing-world.ts";
import type { Organization } from "../../organizations/organization.ts";
import type { CallContext } from "../handler.ts";
import { connectionHandlers } from "./connection-handlers.ts";

let world: SealingWorld;
let organization: Organization;

beforeAll(async () => {
  world = await openSealingWorld();
  organization = await world.insertOrganization("acme");
  await world.storage.write(
    async ({ runners }) =>
      await runners.insert({
        id: makeIdentifier("run", world.random),
        organizationId: organization.id,
        name: "edge",
        description: "",
        isEnabled: true,
        serviceAccountId: undefined,
        createdAtMs: 0,
        lastSeenAtMs: undefined,
      }),
  );
  const canary = JSON.stringify({ access_key_id: "AKIA", secret_access_key: "canary-51b" });
  await answer(method.createConnection, {
    name: "inline",
    provider: Provider.AWS,
    mode: Mode.INLINE,
    runner: "edge",
    inlineCredentials: { document: canary },
  });
  await answer(method.createConnection, {
    name: "delegated",
    provider: Provider.KUBERNETES,
    mode: Mode.RUNNER_DELEGATED,
    runner: "edge",
  });
});
afterAll(async () => await world.close());

const { method } = ConnectionService;

/** Calls a handler as the pipeline does, after everything has been checked. */
async function answer<Response>(called: DescMethod, request: object): Promise<Response> {
  const handler = connectionHandlers(world).find((each) => each.method === called);
  const context: CallContext = {
    caller: { kind: "anonymous" },
    organization,
    signal: new AbortController().signal,
    correlationId: "cor_1",
  };
  const response = await handler?.unary?.(create(called.input, request as never) as never, context);
  return create(called.output, response as never) as Response;
}

test("every method of the service has one answer", () => {
  expect(connectionHandlers(world).map((handler) => handler.method)).toEqual(
    ConnectionService.methods,
  );
});

test("an inline credential is never returned, only that there is one", async () => {
  const got = await answer<GetConnectionResponse>(method.getConnection, { connection: "inline" });
  expect(got.connection?.hasInlineCredentials).toBe(true);
  const listed = await answer<ListConnectionsResponse>(method.listConnections, {});
  const texts = [
    toJsonString(GetConnectionResponseSchema, got),
    toJsonString(ListConnectionsResponseSchema, listed),
  ].join();
  expect(texts).not.toContain("canary");
  const sealed = await world.storage.read.connections.find(organization.id, "inline");
  expect(texts).not.toContain(Buffer.from(sealed?.sealedCredentials ?? []).toString("base64"));
});

test("connections are listed in the order of their names, and by provider on demand", async () => {
  const names = async (request: object) =>
    (await answer<ListConnectionsResponse>(method.listConnections, request)).connections.map(
      ({ name }) => name,
    );
  expect(await names({})).toEqual(["delegated", "inline"]);
  expect(await names({ provider: Provider.AWS })).toEqual(["inline"]);
  expect(await names({ namePrefix: "del" })).toEqual(["delegated"]);
});

test("a description can be emptied, which is not the same as not giving one", async () => {
  const change = async (request: object) =>
    (
      await answer<GetConnectionResponse>(method.updateConnection, {
        connection: "delegated",
        ...request,
      })
    ).connection?.description;
  expect(await change({ description: "One." })).toBe("One.");
  expect(await change({})).toBe("One.");
  expect(await change({ description: "" })).toBe("");
});
