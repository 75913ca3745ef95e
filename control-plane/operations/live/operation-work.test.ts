import { Secret } from "@holdfast/foundation/secret.ts";
import { AuthenticationMode } from "@holdfast/protocol/generated/holdfast/v1/connection_pb.ts";
import { expect, test } from "vitest";
import { FakeTunnels } from "../../../test/support/fake-tunnels.ts";
import { acme, acmeRunner, alice, testConnection } from "../../../test/support/operation-world.ts";
import type { Connection } from "../../connections/connection.ts";
import type { ConnectionStore } from "../../connections/connection-store.ts";
import type { Operation } from "../operation.ts";
import { refreshWork, tunnelRequest, type WorkSources } from "./operation-work.ts";

const operation: Operation = {
  id: "op_1",
  organizationId: acme,
  kind: "kubernetes.pods.list",
  connectionId: "con_1",
  runnerId: acmeRunner,
  serviceAccountId: alice.serviceAccountId,
  state: "sent",
  createdAtMs: 0,
  startedAtMs: undefined,
  endedAtMs: undefined,
  deadlineAtMs: 1_000,
  failure: undefined,
  inputSha256: "",
  outputBytes: 0,
  idempotencyKey: undefined,
};

/** Sources that remember what was opened, and the memory that the plaintext was in. */
function openSources(found?: Connection) {
  const opened: string[] = [];
  const plaintexts: Uint8Array[] = [];
  const sources: WorkSources = {
    // Nothing else of the store is used here.
    connections: {
      find: async () => await Promise.resolve(found),
    } as unknown as ConnectionStore,
    openCredentials: async ({ id }) => {
      opened.push(id);
      return await Promise.resolve(new Secret("canary"));
    },
    seal: async (_key, _context, plaintext) => {
      plaintexts.push(plaintext);
      return await Promise.resolve(new Uint8Array([...plaintext].reverse()));
    },
  };
  return { sources, opened, plaintexts };
}

function departure(connection: Connection | undefined, nowMs = 0) {
  const tunnel = new FakeTunnels().open({ organizationId: acme, runnerId: acmeRunner });
  const { serviceAccountId, serviceAccountName } = alice;
  const caller = { serviceAccountId, serviceAccountName };
  const work = { input: new Uint8Array(), connection, outputBytesMax: 1, caller };
  return { operation, work, tunnel, nowMs };
}

test("inline credentials exist in clear only while they are being sealed", async () => {
  const { sources, plaintexts } = openSources();
  const connection = testConnection(acme, "inline", { mode: AuthenticationMode.INLINE });
  const { sealedCredentials } = await tunnelRequest(sources, departure(connection));
  expect(new TextDecoder().decode(sealedCredentials)).toBe("yranac");
  expect(plaintexts.map((bytes) => [...bytes])).toEqual([[0, 0, 0, 0, 0, 0]]);
});

test.each([AuthenticationMode.RUNNER_DELEGATED, AuthenticationMode.CROSS_ACCOUNT_TRUST])(
  "credentials that a connection of mode %i has by accident are neither opened nor sent",
  async (mode) => {
    const { sources, opened } = openSources();
    const sealedCredentials = new TextEncoder().encode("canary");
    const connection = testConnection(acme, "other", { mode, sealedCredentials });
    const request = await tunnelRequest(sources, departure(connection));
    expect([request.sealedCredentials, opened]).toEqual([undefined, []]);
    expect(JSON.stringify(request.connection)).not.toContain("canary");
  },
);

test("an inline connection without credentials is not used, in no other mode either", async () => {
  const connection = {
    ...testConnection(acme, "inline", { mode: AuthenticationMode.INLINE }),
    sealedCredentials: undefined,
  };
  await expect(tunnelRequest(openSources().sources, departure(connection))).rejects.toMatchObject({
    code: "cloud.credentials_invalid",
  });
});

test("the time that is left is at least a millisecond", async () => {
  const { sources } = openSources();
  expect((await tunnelRequest(sources, departure(undefined, 400))).deadlineMs).toBe(600);
  expect((await tunnelRequest(sources, departure(undefined, 1_000))).deadlineMs).toBe(1);
});

test("work that has waited goes with the connection as it is now", async () => {
  const { work } = departure(testConnection(acme, "cluster"));
  const now = testConnection(acme, "cluster", { description: "changed" });
  const refreshed = await refreshWork(openSources(now).sources.connections, operation, work);
  expect(refreshed.connection?.description).toBe("changed");
  const moved = testConnection(acme, "cluster", { runnerId: "run_other" });
  await expect(
    refreshWork(openSources(moved).sources.connections, operation, work),
  ).rejects.toMatchObject({ code: "request.conflict" });
  await expect(
    refreshWork(openSources().sources.connections, operation, work),
  ).rejects.toMatchObject({ code: "connection.not_found" });
});
