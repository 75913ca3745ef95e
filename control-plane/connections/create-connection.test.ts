import { create } from "@bufbuild/protobuf";
import { makeIdentifier } from "@holdfast/foundation/identifier.ts";
import {
  ConnectionSettingsSchema,
  AuthenticationMode as Mode,
} from "@holdfast/protocol/generated/holdfast/v1/connection_pb.ts";
import { Provider } from "@holdfast/protocol/generated/holdfast/v1/options_pb.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openSealingWorld, type SealingWorld } from "../../test/support/sealing-world.ts";
import type { Organization } from "../organizations/organization.ts";
import { createConnection, inlineCredentialsIdentity } from "./create-connection.ts";
import { type ConnectionChange, deleteConnection, updateConnection } from "./update-connection.ts";

let world: SealingWorld;
let own: Organization;
let other: Organization;
let names = 0;

beforeAll(async () => {
  world = await openSealingWorld();
  own = await world.insertOrganization("own");
  other = await world.insertOrganization("other");
  for (const [organization, name] of [
    [own, "edge"],
    [own, "second"],
    [other, "foreign"],
  ] as const) {
    await world.storage.write(
      async ({ runners }) =>
        await runners.insert({
          id: makeIdentifier("run", world.random),
          organizationId: organization.id,
          name,
          description: "",
          isEnabled: true,
          serviceAccountId: undefined,
          createdAtMs: 0,
          lastSeenAtMs: undefined,
        }),
    );
  }
});
afterAll(async () => await world.close());

const document = JSON.stringify({ access_key_id: "AKIA", secret_access_key: "canary-7f3a9" });

const draft = (change: Partial<Parameters<typeof createConnection>[3]> = {}) => {
  names += 1;
  return {
    name: `connection-${names}`,
    description: "",
    provider: Provider.AWS,
    mode: Mode.INLINE,
    runner: "edge",
    settings: create(ConnectionSettingsSchema, { aws: { region: "eu-central-1" } }),
    inlineDocument: document,
    ...change,
  };
};

const make = async (change: Parameters<typeof draft>[0] = {}) =>
  await createConnection(world, "sa_admin", own.id, draft(change));

const unchanged: ConnectionChange = {
  description: undefined,
  runner: undefined,
  settings: undefined,
  inlineDocument: undefined,
};

const update = async (id: string, change: Partial<ConnectionChange>) =>
  await updateConnection(world, "sa_admin", own.id, { connection: id, ...unchanged, ...change });

test("inline credentials are encrypted at rest, bound to the one connection", async () => {
  const [one, two] = [await make(), await make()];
  const sealed = Buffer.from(one.sealedCredentials ?? []);
  expect(sealed.includes("canary-7f3a9")).toBe(false);
  const opened = await world.sealer.open(inlineCredentialsIdentity(own.id, one.id), sealed);
  expect(opened.expose()).toBe(document);
  for (const foreign of [
    inlineCredentialsIdentity(own.id, two.id),
    inlineCredentialsIdentity(other.id, one.id),
  ]) {
    await expect(world.sealer.open(foreign, sealed)).rejects.toMatchObject({
      code: "secret.undecryptable",
    });
  }
});

test("the audit of a connection says who and which, and nothing of its credentials", async () => {
  const { id } = await make();
  const { entries } = await world.storage.read.audit.list(own.id, {
    size: 100,
    after: undefined,
    actionPrefix: "connection.",
    subject: id,
  });
  expect(entries).toMatchObject([{ action: "connection.created", actor: "sa_admin" }]);
  expect(JSON.stringify(entries)).not.toContain("canary");
});

test("a runner of another organization cannot be named, not even by its id", async () => {
  const foreign = await world.storage.read.runners.find(other.id, "foreign");
  for (const runner of ["foreign", foreign?.id ?? ""]) {
    await expect(make({ runner })).rejects.toMatchObject({ code: "runner.not_found" });
  }
});

test("what is wrong is refused before anything is kept", async () => {
  const wrong = draft({ inlineDocument: undefined });
  await expect(createConnection(world, "sa_admin", own.id, wrong)).rejects.toMatchObject({
    code: "request.invalid",
    fields: [{ field: "inline_credentials.document" }],
  });
  expect(await world.storage.read.connections.find(own.id, wrong.name)).toBeUndefined();
});

test("what is not given stays, the credentials included", async () => {
  const made = await make();
  await world.clock.advance(1_000);
  const updated = await update(made.id, { description: "Two.", runner: "second" });
  const second = await world.storage.read.runners.find(own.id, "second");
  expect(updated).toEqual({
    ...made,
    description: "Two.",
    runnerId: second?.id,
    updatedAtMs: made.updatedAtMs + 1_000,
  });
});

test("new credentials replace the old ones", async () => {
  const { id } = await make();
  const next = JSON.stringify({ access_key_id: "AKIA", secret_access_key: "second" });
  const updated = await update(id, { inlineDocument: next });
  const opened = await world.sealer.open(
    inlineCredentialsIdentity(own.id, id),
    updated.sealedCredentials ?? new Uint8Array(),
  );
  expect(opened.expose()).toBe(next);
});

test("of two changes at the same time none takes the other back", async () => {
  const { id } = await make();
  const next = JSON.stringify({ access_key_id: "AKIA", secret_access_key: "third" });
  await Promise.all([
    update(id, { inlineDocument: next }),
    update(id, { description: "Changed." }),
    update(id, { runner: "second" }),
  ]);
  const found = await world.storage.read.connections.find(own.id, id);
  const second = await world.storage.read.runners.find(own.id, "second");
  const opened = await world.sealer.open(
    inlineCredentialsIdentity(own.id, id),
    found?.sealedCredentials ?? new Uint8Array(),
  );
  expect([opened.expose(), found?.description, found?.runnerId]).toEqual([
    next,
    "Changed.",
    second?.id,
  ]);
});

test("a connection without credentials is never given any: its mode stays", async () => {
  const { id } = await make({ mode: Mode.RUNNER_DELEGATED, inlineDocument: undefined });
  await expect(update(id, { inlineDocument: document })).rejects.toMatchObject({
    code: "request.invalid",
    fields: [{ field: "inline_credentials" }],
  });
});

test("a connection of another organization is neither changed nor deleted", async () => {
  const { id } = await make();
  await expect(
    updateConnection(world, "sa_admin", other.id, { connection: id, ...unchanged }),
  ).rejects.toMatchObject({ code: "connection.not_found" });
  await expect(deleteConnection(world, "sa_admin", other.id, id)).rejects.toMatchObject({
    code: "connection.not_found",
  });
  expect(await world.storage.read.connections.find(own.id, id)).toBeDefined();
});

test("with a connection go its credentials", async () => {
  const { id } = await make();
  await deleteConnection(world, "sa_admin", own.id, id);
  expect(await world.storage.read.connections.find(own.id, id)).toBeUndefined();
});
