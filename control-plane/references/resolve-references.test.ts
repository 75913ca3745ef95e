import { afterAll, beforeAll, expect, test } from "vitest";
import { openSealingWorld, type SealingWorld } from "../../test/support/sealing-world.ts";
import type { Operation } from "../operations/operation.ts";
import { createSecret } from "../secrets/secret-life-cycle.ts";
import { createVariable } from "../variables/variable-life-cycle.ts";
import { type ReferenceSource, resolveReferences } from "./resolve-references.ts";

let world: SealingWorld;
let own = "";
let other = "";
const runner = () => ({ organizationId: own, runnerId: "run_own" });

beforeAll(async () => {
  world = await openSealingWorld();
  own = (await world.insertOrganization("own")).id;
  other = (await world.insertOrganization("other")).id;
  await insertRunner(own, "run_own");
  await insertRunner(own, "run_sibling");
  await insertRunner(other, "run_other");
  await insertOperation(own, "run_own", "op_running", "running");
  await insertOperation(own, "run_own", "op_ended", "failed");
  await insertOperation(own, "run_own", "op_queued", "queued");
  await insertOperation(own, "run_sibling", "op_sibling", "running");
  await insertOperation(other, "run_other", "op_other", "running");
  const draft = { name: "passphrase", description: "", value: "ours" };
  await createSecret(world, "sa_1", own, draft);
  await createSecret(world, "sa_1", other, { ...draft, name: "theirs", value: "canary" });
  await createVariable(world, "sa_1", own, { ...draft, name: "region", value: "eu-central-1" });
});
afterAll(async () => {
  await world.close();
});

async function insertRunner(organizationId: string, id: string): Promise<void> {
  await world.storage.write(async ({ runners }) => {
    await runners.insert({
      id,
      organizationId,
      name: id.replace("_", "-"),
      description: "",
      isEnabled: true,
      serviceAccountId: undefined,
      createdAtMs: 0,
      lastSeenAtMs: undefined,
    });
  });
}

async function insertOperation(
  organizationId: string,
  runnerId: string,
  id: string,
  state: "queued" | "running" | "failed",
): Promise<void> {
  const queued: Operation = {
    id,
    organizationId,
    kind: "pulumi.up",
    connectionId: undefined,
    runnerId,
    serviceAccountId: "sa_1",
    state: "queued",
    createdAtMs: 0,
    startedAtMs: undefined,
    endedAtMs: undefined,
    deadlineAtMs: 1,
    failure: undefined,
    inputSha256: "0".repeat(64),
    outputBytes: 0,
    idempotencyKey: undefined,
  };
  const failure = {
    code: "runner.lost",
    message: "Lost.",
    mender: "runner",
    isRetriable: true,
  } as const;
  await world.storage.write(async ({ operations }) => {
    await operations.insert(queued);
    if (state !== "queued") {
      await operations.transition("queued", { ...queued, state: "sent" });
      await operations.transition("sent", { ...queued, state: "running", startedAtMs: 1 });
    }
    if (state === "failed") {
      await operations.transition("running", { ...queued, state, failure, endedAtMs: 2 });
    }
  });
}

const resolve = async (operationId: string, ...references: readonly ReferenceSource[]) =>
  await resolveReferences(world, runner(), { operationId, references });
const secret = (name: string): ReferenceSource => ({ kind: "secret", name, version: 0 });

test("values come in the order of the references, and each secret that was read is recorded", async () => {
  const values = await resolve(
    "op_running",
    { kind: "variable", name: "region", version: 1 },
    secret("passphrase"),
    { kind: "literal", value: "plain" },
  );
  expect(values.map(({ value, version }) => [value.expose(), version])).toEqual([
    ["eu-central-1", 1],
    ["ours", 1],
    ["plain", 0],
  ]);
  const page = await world.storage.read.audit.list(own, {
    size: 5,
    after: undefined,
    actionPrefix: "secret.accessed",
    subject: undefined,
  });
  expect(page.entries).toMatchObject([
    { actor: "run_own", detail: { name: "passphrase", version: 1, operation_id: "op_running" } },
  ]);
});

test("a runner gets values only for an operation of its own that is under way", async () => {
  for (const operationId of ["op_ended", "op_queued", "op_sibling", "op_other", "op_none", ""]) {
    await expect(resolve(operationId, secret("passphrase")), operationId).rejects.toMatchObject({
      code: "operation.not_found",
    });
  }
});

test("a runner gets nothing of another organization, by name or by id", async () => {
  const theirs = await world.storage.read.secrets.find(other, "theirs");
  for (const name of ["theirs", theirs?.id ?? ""]) {
    await expect(resolve("op_running", secret(name))).rejects.toMatchObject({
      code: "secret.not_found",
    });
  }
  await expect(
    resolve("op_running", { kind: "variable", name: "none", version: 0 }),
  ).rejects.toMatchObject({ code: "variable.not_found" });
});

test("a request names one reference at least and a hundred at most", async () => {
  for (const count of [0, 101]) {
    const references = Array.from({ length: count }, () => secret("passphrase"));
    await expect(resolve("op_running", ...references)).rejects.toMatchObject({
      code: "request.invalid",
      fields: [{ field: "references" }],
    });
  }
});
