import { create } from "@bufbuild/protobuf";
import { makeIdentifier } from "@holdfast/foundation/identifier.ts";
import {
  AuthenticationMode,
  ConnectionSettingsSchema,
} from "@holdfast/protocol/generated/holdfast/v1/connection_pb.ts";
import { Provider } from "@holdfast/protocol/generated/holdfast/v1/options_pb.ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openSealingWorld, type SealingWorld } from "../../test/support/sealing-world.ts";
import { createConnection, inlineCredentialsIdentity } from "../connections/create-connection.ts";
import { resealConnections } from "../connections/reseal-connections.ts";
import { resealSecrets } from "../secrets/reseal-secrets.ts";
import {
  accessSecretVersion,
  addSecretVersion,
  createSecret,
  destroySecretVersion,
} from "../secrets/secret-life-cycle.ts";
import {
  type OrganizationKeyRotationDependencies,
  rotateOrganizationKey,
} from "./rotate-organization-key.ts";
import { parseSealedValue } from "./sealed-value.ts";

let world: SealingWorld;
let deps: OrganizationKeyRotationDependencies;
let organizationId = "";

beforeEach(async () => {
  world = await openSealingWorld();
  deps = { ...world, resealAll: [resealSecrets, resealConnections] };
  organizationId = (await world.insertOrganization("acme")).id;
});
afterEach(async () => {
  await world.close();
});

const draft = (name: string, value: string) => ({ name, description: "", value });

async function readValue(secret: string, version: number): Promise<string> {
  const deps = { ...world, ...world.restarted() };
  const wanted = { secret, version };
  return (await accessSecretVersion(deps, "sa_1", organizationId, wanted)).value.expose();
}

/** The keys that what is stored is sealed under. */
async function keysInUse(): Promise<ReadonlySet<string | undefined>> {
  const { entries } = await world.storage.read.secrets.listVersions(organizationId, {
    size: 500,
    after: undefined,
  });
  return new Set(entries.map(({ sealed }) => parseSealedValue(sealed ?? new Uint8Array())?.keyId));
}

test("every value of the organization is under the new key, and is what it was", async () => {
  // More than a page of them.
  for (let index = 0; index < 60; index += 1) {
    await createSecret(world, "sa_1", organizationId, draft(`secret-${index}`, `value-${index}`));
  }
  await addSecretVersion(world, "sa_1", organizationId, { secret: "secret-7", value: "second" });
  await destroySecretVersion(world, "sa_1", organizationId, { secret: "secret-8", version: 1 });
  const { organizationKeyId, reencrypted } = await rotateOrganizationKey(
    deps,
    "sa_1",
    organizationId,
  );
  expect(reencrypted).toBe(60);
  expect(await keysInUse()).toEqual(new Set([organizationKeyId]));
  expect(await readValue("secret-59", 1)).toBe("value-59");
  expect(await readValue("secret-7", 1)).toBe("value-7");
  expect(await readValue("secret-7", 2)).toBe("second");
  await expect(readValue("secret-8", 1)).rejects.toMatchObject({
    code: "secret.version_not_found",
  });
  const page = await world.storage.read.audit.list(organizationId, {
    size: 1,
    after: undefined,
    actionPrefix: "organization_key.",
    subject: organizationKeyId,
  });
  expect(page.entries).toMatchObject([{ actor: "sa_1", detail: { reencrypted: 60 } }]);
});

test("inline credentials are under the new key, and are what they were", async () => {
  const runner = makeIdentifier("run", world.random);
  await world.storage.write(
    async ({ runners }) =>
      await runners.insert({
        id: runner,
        organizationId,
        name: "runner",
        description: "",
        isEnabled: true,
        serviceAccountId: undefined,
        createdAtMs: 0,
        lastSeenAtMs: undefined,
      }),
  );
  const inlineDocument = JSON.stringify({
    access_key_id: "AKIA0123456789ABCDEF",
    secret_access_key: "0123456789012345678901234567890123456789",
  });
  const connection = await createConnection(world, "sa_1", organizationId, {
    name: "cloud",
    description: "",
    provider: Provider.AWS,
    mode: AuthenticationMode.INLINE,
    runner,
    settings: create(ConnectionSettingsSchema, { aws: { region: "eu-central-1" } }),
    inlineDocument,
  });
  const { organizationKeyId, reencrypted } = await rotateOrganizationKey(
    deps,
    "sa_1",
    organizationId,
  );
  expect(reencrypted).toBe(1);
  const found = await world.storage.read.connections.find(organizationId, connection.id);
  const sealed = found?.sealedCredentials ?? new Uint8Array();
  expect(parseSealedValue(sealed)?.keyId).toBe(organizationKeyId);
  const identity = inlineCredentialsIdentity(organizationId, connection.id);
  expect((await world.restarted().sealer.open(identity, sealed)).expose()).toBe(inlineDocument);
});

test("another organization's values stay under its own key", async () => {
  const other = await world.insertOrganization("other");
  await createSecret(world, "sa_1", other.id, draft("theirs", "value"));
  const before = await world.storage.read.encryptionKeys.findActive(other.id);
  await rotateOrganizationKey(deps, "sa_1", organizationId);
  expect(await world.storage.read.encryptionKeys.findActive(other.id)).toEqual(before);
});

test("a rotation that is killed half-way leaves every value readable, and the next one ends it", async () => {
  for (const name of ["a", "b", "c", "d"]) {
    await createSecret(world, "sa_1", organizationId, draft(name, `value of ${name}`));
  }
  let left = 2;
  const dying: OrganizationKeyRotationDependencies = {
    ...deps,
    resealAll: [
      async (storage, id, reseal) =>
        await resealSecrets(storage, id, async (stores, identity, sealed) => {
          if (left-- === 0) {
            throw new Error("killed");
          }
          return await reseal(stores, identity, sealed);
        }),
    ],
  };
  await expect(rotateOrganizationKey(dying, "sa_1", organizationId)).rejects.toThrow("killed");
  expect((await keysInUse()).size).toBe(2);
  for (const name of ["a", "b", "c", "d"]) {
    expect(await readValue(name, 0)).toBe(`value of ${name}`);
  }
  await rotateOrganizationKey(deps, "sa_1", organizationId);
  expect((await keysInUse()).size).toBe(1);
  expect(await readValue("d", 0)).toBe("value of d");
});

test("values written and read during a rotation stay whole", async () => {
  await createSecret(world, "sa_1", organizationId, draft("steady", "value"));
  const rotation = rotateOrganizationKey(deps, "sa_1", organizationId);
  await createSecret(world, "sa_1", organizationId, draft("meanwhile", "new"));
  expect(await readValue("steady", 0)).toBe("value");
  await rotation;
  expect(await readValue("steady", 0)).toBe("value");
  expect(await readValue("meanwhile", 0)).toBe("new");
});

test("a rotation for an organization that does not exist is refused", async () => {
  await expect(rotateOrganizationKey(deps, "sa_1", "org_none")).rejects.toMatchObject({
    code: "organization.not_found",
  });
});
