import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { silentLog } from "@holdfast/foundation/log.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import { SystemClock } from "@holdfast/foundation/system/system-clock.ts";
import { SystemRandom } from "@holdfast/foundation/system/system-random.ts";
import { IdentityService } from "@holdfast/protocol/generated/holdfast/v1/identity_pb.ts";
import { OrganizationService } from "@holdfast/protocol/generated/holdfast/v1/organization_pb.ts";
import {
  RunnerConnectionState,
  RunnerService,
} from "@holdfast/protocol/generated/holdfast/v1/runner_pb.ts";
import type { ApiClient } from "@holdfast/protocol/grpc/client.ts";
import { parseCredentialsFile } from "@holdfast/protocol/identity/credentials-file.ts";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { openApiClient } from "../test/support/api-client.ts";
import { type ControlPlane, startControlPlane } from "./server.ts";
import { readSettings } from "./settings.ts";

let home: string;
const ends: (() => void)[] = [];
const options = { deadlineMs: 20_000 };

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "control-plane-"));
});
afterAll(() => rmSync(home, { recursive: true }));
afterEach(() => {
  for (const end of ends.splice(0)) {
    end();
  }
});

async function start(name = "data"): Promise<ControlPlane> {
  const settings = readSettings({
    HOLDFAST_DATA_DIRECTORY: join(home, name),
    HOLDFAST_TUNNEL_PORT: "0",
    HOLDFAST_API_PORT: "0",
  });
  return await startControlPlane(settings, {
    clock: new SystemClock(),
    random: new SystemRandom(),
    log: silentLog,
  });
}

const file = (name: string): string => readFileSync(join(home, "data", name), "utf8");

function clientOf(
  port: number,
  apiKey: string | undefined,
  trustPem = file("authority/root.pem"),
): ApiClient {
  const key = apiKey === undefined ? undefined : new Secret(apiKey);
  const client = openApiClient(`127.0.0.1:${port}`, trustPem, key);
  ends.push(() => client.close());
  return client;
}

const administrator = (controlPlane: ControlPlane): ApiClient =>
  clientOf(controlPlane.apiPort, file("administrator-key").trim());

describe("an embedded control plane", () => {
  let running: ControlPlane;
  beforeAll(async () => {
    running = await start();
  });
  afterAll(async () => await running.stop(0));

  test("makes everything that it needs on its first start, for its owner's eyes only", () => {
    const data = join(home, "data");
    for (const name of ["store", "authority"]) {
      expect(statSync(join(data, name)).mode & 0o777, name).toBe(0o700);
    }
    const files = [
      "master-key.json",
      "pepper.json",
      "administrator-key",
      ...readdirSync(join(data, "authority")).map((name) => `authority/${name}`),
    ];
    for (const name of files) {
      expect(statSync(join(data, name)).mode & 0o777, name).toBe(0o600);
    }
  });

  test("knows the administrator by the key that the first start wrote", async () => {
    const answer = await administrator(running).call(IdentityService.method.whoAmI, {}, options);
    expect(answer.isPlatformAdministrator).toBe(true);
  });

  test("answers nobody without a key, and nobody who does not trust its authority", async () => {
    const nobody = clientOf(running.apiPort, undefined);
    await expect(nobody.call(IdentityService.method.whoAmI, {}, options)).rejects.toMatchObject({
      code: "identity.missing",
    });
    const stranger = clientOf(running.apiPort, undefined, rootCertificates[0] ?? "");
    await expect(stranger.call(IdentityService.method.whoAmI, {}, options)).rejects.toMatchObject({
      code: "control_plane.unavailable",
    });
  });

  test("takes a runner from its registration to its credentials, which name where to connect", async () => {
    const client = administrator(running);
    await client.call(OrganizationService.method.createOrganization, { name: "acme" }, options);
    const { runner } = await client.call(
      RunnerService.method.createRunner,
      { organization: "acme", name: "edge" },
      options,
    );
    expect(runner?.connectionState).toBe(RunnerConnectionState.DISCONNECTED);
    const minted = await client.call(
      RunnerService.method.generateCredentials,
      { organization: "acme", runner: "edge" },
      options,
    );
    const read = parseCredentialsFile(minted.credentialsFile);
    expect(read.endpoints).toEqual({
      tunnel: `127.0.0.1:${running.tunnelPort}`,
      api: `127.0.0.1:${running.apiPort}`,
    });
    const stolen = clientOf(running.apiPort, read.apiKey.expose());
    await expect(stolen.call(IdentityService.method.whoAmI, {}, options)).rejects.toMatchObject({
      code: "identity.runner_key_without_certificate",
    });
    const { credentials: generations } = await client.call(
      RunnerService.method.listCredentials,
      { organization: "acme", runner: "edge" },
      options,
    );
    expect(generations.map(({ generation }) => generation)).toEqual([1]);
    const { runners } = await client.call(
      RunnerService.method.listRunners,
      { organization: "acme", connectedOnly: true },
      options,
    );
    expect(runners).toEqual([]);
  });

  test("lets no second one at its data", async () => {
    await expect(start()).rejects.toMatchObject({ code: "store.locked" });
  });
});

test("everything is found as it was at the next start, and the administrator's key still opens", async () => {
  const before = [file("administrator-key"), file("authority/root.pem"), file("pepper.json")];
  const again = await start();
  try {
    expect([file("administrator-key"), file("authority/root.pem"), file("pepper.json")]).toEqual(
      before,
    );
    const { organizations } = await administrator(again).call(
      OrganizationService.method.listOrganizations,
      {},
      options,
    );
    expect(organizations.map(({ name }) => name)).toEqual(["acme"]);
  } finally {
    await again.stop(0);
  }
  await expect(
    administrator(again).call(IdentityService.method.whoAmI, {}, { deadlineMs: 2_000 }),
  ).rejects.toMatchObject({ code: "control_plane.unavailable" });
});
