import { generateKeyPairSync } from "node:crypto";
import { Secret } from "@holdfast/foundation/secret.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openRunnerWorld, type RunnerWorld } from "../../test/support/runner-world.ts";
import { testCredentials } from "../../test/support/test-credentials.ts";
import { isKeyOfCertificate } from "./key-pair.ts";

let world: RunnerWorld;
beforeAll(async () => {
  world = await openRunnerWorld();
});
afterAll(async () => {
  await world.close();
});

test("a private key belongs to its own certificate, and no other key does", async () => {
  const { authority } = world.deps;
  const { certificatePem, privateKeyPem } = await authority.issueWithKey(
    { organizationId: world.organization.id, runnerId: "run_0123456789ABCDEFGHIJKL" },
    600_000,
  );
  const file = {
    ...testCredentials(),
    certificate: certificatePem,
    apiKey: new Secret("hf_canary"),
  };
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const other = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  expect(isKeyOfCertificate({ ...file, privateKey: privateKeyPem })).toBe(true);
  expect(isKeyOfCertificate({ ...file, privateKey: new Secret(other) })).toBe(false);
  expect(isKeyOfCertificate({ ...file, privateKey: new Secret("canary") })).toBe(false);
});
