import { create } from "@bufbuild/protobuf";
import { makeIdentifier } from "@holdfast/foundation/identifier.ts";
import {
  AuthenticationMode,
  ConnectionSettingsSchema,
} from "@holdfast/protocol/generated/holdfast/v1/connection_pb.ts";
import { Provider } from "@holdfast/protocol/generated/holdfast/v1/options_pb.ts";
import { TestRandom } from "../../test/support/test-random.ts";
import type { Connection } from "../connections/connection.ts";
import type { Operation } from "../operations/operation.ts";
import type { Organization } from "../organizations/organization.ts";
import type { Runner, RunnerCredentials } from "../runners/runner.ts";
import type { ManagedSecret, SecretVersion } from "../secrets/secret.ts";
import type { ApiKey, ServiceAccount } from "../service-accounts/service-account.ts";
import type { Variable } from "../variables/variable.ts";
import type { OpenStore } from "./sql-storage.ts";

/** A store under test, with a way below its ports. */
export interface ContractStore extends OpenStore {
  /** Runs one statement on the database itself. */
  query(statement: string, parameters?: readonly unknown[]): Promise<readonly object[]>;
}

const random = new TestRandom("contract");
const atMs = Date.UTC(2026, 0, 1);

/** Another name at each call. */
export function makeName(prefix: string): string {
  return `${prefix}-${makeIdentifier("op", random).slice(3).toLowerCase()}`;
}

/** An organization that is in the store. */
export async function insertOrganization({ storage }: ContractStore): Promise<Organization> {
  const organization = {
    id: makeIdentifier("org", random),
    name: makeName("organization"),
    displayName: "An organization",
    createdAtMs: atMs,
  };
  await storage.write(async (stores) => await stores.organizations.insert(organization));
  return organization;
}

/** A runner that is in the store, with its service account, and the organization around it. */
export async function insertRunner(
  store: ContractStore,
  organizationId?: string,
): Promise<{ readonly runner: Runner; readonly account: ServiceAccount }> {
  const organization = organizationId ?? (await insertOrganization(store)).id;
  const runner = makeRunner(organization);
  const account = { ...makeAccount(organization), runnerId: runner.id };
  const withAccount = { ...runner, serviceAccountId: account.id };
  await store.storage.write(async (stores) => {
    await stores.runners.insert(runner);
    await stores.serviceAccounts.insert(account);
    await stores.runners.update(withAccount);
  });
  return { runner: withAccount, account };
}

function makeRunner(organizationId: string): Runner {
  return {
    id: makeIdentifier("run", random),
    organizationId,
    name: makeName("runner"),
    description: "A runner",
    isEnabled: true,
    serviceAccountId: undefined,
    createdAtMs: atMs,
    lastSeenAtMs: undefined,
  };
}

export function makeAccount(organizationId: string | undefined): ServiceAccount {
  return {
    id: makeIdentifier("sa", random),
    organizationId,
    name: makeName("account"),
    description: "An account",
    role: organizationId === undefined ? "administrator" : "viewer",
    runnerId: undefined,
    createdAtMs: atMs,
  };
}

export function makeKey(account: ServiceAccount): ApiKey {
  return {
    id: makeIdentifier("key", random),
    serviceAccountId: account.id,
    organizationId: account.organizationId,
    description: "A key",
    digest: random.bytes(32),
    pepperId: "pepper-1",
    createdAtMs: atMs,
    expireAtMs: atMs + 1_000,
    revokedAtMs: undefined,
    lastUsedAtMs: undefined,
  };
}

export function makeCredentials(
  runner: Runner,
  key: ApiKey,
  generation: number,
): RunnerCredentials {
  return {
    runnerId: runner.id,
    organizationId: runner.organizationId,
    generation,
    certificateSerial: Buffer.from(random.bytes(16)).toString("hex"),
    certificateFingerprint: Buffer.from(random.bytes(32)).toString("hex"),
    apiKeyId: key.id,
    createdAtMs: atMs,
    expireAtMs: atMs + 1_000,
    revokedAtMs: undefined,
    revokeAfterMs: undefined,
    firstConnectedAtMs: undefined,
  };
}

export function makeSecret(organizationId: string): {
  readonly secret: ManagedSecret;
  readonly first: SecretVersion;
} {
  const secret = {
    id: makeIdentifier("sec", random),
    organizationId,
    name: makeName("secret"),
    description: "A secret",
    version: 1,
    createdAtMs: atMs,
    updatedAtMs: atMs,
  };
  const first = {
    secretId: secret.id,
    organizationId,
    version: 1,
    sealed: random.bytes(64),
    createdAtMs: atMs,
  };
  return { secret, first };
}

export function makeVariable(organizationId: string): Variable {
  return {
    id: makeIdentifier("var", random),
    organizationId,
    name: makeName("variable"),
    description: "A variable",
    value: "eu-central-1",
    version: 1,
    createdAtMs: atMs,
    updatedAtMs: atMs,
  };
}

export function makeConnection(runner: Runner): Connection {
  return {
    id: makeIdentifier("con", random),
    organizationId: runner.organizationId,
    name: makeName("connection"),
    description: "A connection",
    provider: Provider.AWS,
    mode: AuthenticationMode.INLINE,
    runnerId: runner.id,
    settings: create(ConnectionSettingsSchema, { aws: { region: "eu-central-1" } }),
    sealedCredentials: random.bytes(64),
    createdAtMs: atMs,
    updatedAtMs: atMs,
  };
}

export function makeOperation(runner: Runner, serviceAccountId: string): Operation {
  return {
    id: makeIdentifier("op", random),
    organizationId: runner.organizationId,
    kind: "runner.describe",
    connectionId: undefined,
    runnerId: runner.id,
    serviceAccountId,
    state: "queued",
    createdAtMs: atMs,
    startedAtMs: undefined,
    endedAtMs: undefined,
    deadlineAtMs: atMs + 60_000,
    failure: undefined,
    inputSha256: "0".repeat(64),
    outputBytes: 0,
    idempotencyKey: undefined,
  };
}
