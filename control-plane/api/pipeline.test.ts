import { once } from "node:events";
import { connect } from "node:http2";
import { create, type DescMethod, toBinary } from "@bufbuild/protobuf";
import { Client, credentials, ServerCredentials } from "@grpc/grpc-js";
import { Failure } from "@holdfast/foundation/failure.ts";
import { isIdentifier, makeIdentifier } from "@holdfast/foundation/identifier.ts";
import { type Log, silentLog } from "@holdfast/foundation/log.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import { protocolFiles } from "@holdfast/protocol/files.ts";
import { AuditService } from "@holdfast/protocol/generated/holdfast/v1/audit_pb.ts";
import { IdentityService } from "@holdfast/protocol/generated/holdfast/v1/identity_pb.ts";
import { RunnerService } from "@holdfast/protocol/generated/holdfast/v1/runner_pb.ts";
import { TunnelService } from "@holdfast/protocol/generated/holdfast/v1/tunnel_pb.ts";
import { ApiClient } from "@holdfast/protocol/grpc/client.ts";
import { pathOf } from "@holdfast/protocol/grpc/service-definition.ts";
import { catalog } from "@holdfast/protocol/operations/catalog.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TestClock } from "../../test/support/test-clock.ts";
import { TestRandom } from "../../test/support/test-random.ts";
import { openTestStorage } from "../../test/support/test-storage.ts";
import { makeAccess } from "../access/cedar-access.ts";
import type { Organization } from "../organizations/organization.ts";
import type { Role, ServiceAccount } from "../service-accounts/service-account.ts";
import type { OpenStore } from "../storage/sql-storage.ts";
import { makeApiServer } from "./api-server.ts";
import { apiKeyOf, callerOf } from "./authentication.ts";
import { makeCallLimits } from "./call-limits.ts";
import type { CallContext, Handler } from "./handler.ts";
import type { PipelineDependencies } from "./pipeline.ts";

/** Who calls: one API key for each kind of caller. */
const kinds = [
  "anonymous",
  "viewer",
  "operator",
  "administrator",
  "runner",
  "installation",
] as const;
type Kind = (typeof kinds)[number];

/**
 * What becomes of each method, written down by hand: `ok`, `denied` (access.denied), `hidden`
 * (organization.not_found: what one may not see does not exist), `nobody` (identity.missing), `key`
 * (identity.runner_key_without_certificate). Left of the bar the organization is the caller's own,
 * right of it another one.
 */
const table = `
                                             anonymous viewer  operator  administrator  runner  installation  | anonymous viewer  operator  administrator  runner  installation
OrganizationService.CreateOrganization       nobody    denied  denied    denied         key     ok            | nobody    denied  denied    denied         key     ok
OrganizationService.GetOrganization          nobody    ok      ok        ok             key     ok            | nobody    hidden  hidden    hidden         key     ok
OrganizationService.ListOrganizations        nobody    denied  denied    denied         key     ok            | nobody    denied  denied    denied         key     ok
OrganizationService.UpdateOrganization       nobody    denied  denied    ok             key     ok            | nobody    hidden  hidden    hidden         key     ok
OrganizationService.DeleteOrganization       nobody    denied  denied    denied         key     ok            | nobody    denied  denied    denied         key     ok
RunnerService.CreateRunner                   nobody    denied  denied    ok             key     ok            | nobody    hidden  hidden    hidden         key     ok
RunnerService.GetRunner                      nobody    ok      ok        ok             key     ok            | nobody    hidden  hidden    hidden         key     ok
RunnerService.ListRunners                    nobody    ok      ok        ok             key     ok            | nobody    hidden  hidden    hidden         key     ok
RunnerService.UpdateRunner                   nobody    denied  denied    ok             key     ok            | nobody    hidden  hidden    hidden         key     ok
RunnerService.DeleteRunner                   nobody    denied  denied    ok             key     ok            | nobody    hidden  hidden    hidden         key     ok
RunnerService.GenerateCredentials            nobody    denied  denied    ok             key     ok            | nobody    hidden  hidden    hidden         key     ok
RunnerService.RegenerateCredentials          nobody    denied  denied    ok             key     ok            | nobody    hidden  hidden    hidden         key     ok
RunnerService.RevokeCredentials              nobody    denied  denied    ok             key     ok            | nobody    hidden  hidden    hidden         key     ok
RunnerService.ListCredentials                nobody    ok      ok        ok             key     ok            | nobody    hidden  hidden    hidden         key     ok
ServiceAccountService.CreateServiceAccount   nobody    denied  denied    ok             key     ok            | nobody    hidden  hidden    hidden         key     ok
ServiceAccountService.GetServiceAccount      nobody    ok      ok        ok             key     ok            | nobody    hidden  hidden    hidden         key     ok
ServiceAccountService.ListServiceAccounts    nobody    ok      ok        ok             key     ok            | nobody    hidden  hidden    hidden         key     ok
ServiceAccountService.UpdateServiceAccount   nobody    denied  denied    ok             key     ok            | nobody    hidden  hidden    hidden         key     ok
ServiceAccountService.DeleteServiceAccount   nobody    denied  denied    ok             key     ok            | nobody    hidden  hidden    hidden         key     ok
ServiceAccountService.CreateApiKey           nobody    denied  denied    ok             key     ok            | nobody    hidden  hidden    hidden         key     ok
ServiceAccountService.GetApiKey              nobody    ok      ok        ok             key     ok            | nobody    hidden  hidden    hidden         key     ok
ServiceAccountService.ListApiKeys            nobody    ok      ok        ok             key     ok            | nobody    hidden  hidden    hidden         key     ok
ServiceAccountService.RevokeApiKey           nobody    denied  denied    ok             key     ok            | nobody    hidden  hidden    hidden         key     ok
AdministratorKeyService.CreateAdministratorKey nobody  denied  denied    denied         key     ok            | nobody    denied  denied    denied         key     ok
AdministratorKeyService.ListAdministratorKeys nobody   denied  denied    denied         key     ok            | nobody    denied  denied    denied         key     ok
AdministratorKeyService.RevokeAdministratorKey nobody  denied  denied    denied         key     ok            | nobody    denied  denied    denied         key     ok
SecretService.CreateSecret                   nobody    denied  denied    ok             key     ok            | nobody    hidden  hidden    hidden         key     ok
SecretService.GetSecret                      nobody    ok      ok        ok             key     ok            | nobody    hidden  hidden    hidden         key     ok
SecretService.ListSecrets                    nobody    ok      ok        ok             key     ok            | nobody    hidden  hidden    hidden         key     ok
SecretService.UpdateSecret                   nobody    denied  denied    ok             key     ok            | nobody    hidden  hidden    hidden         key     ok
SecretService.AddSecretVersion               nobody    denied  denied    ok             key     ok            | nobody    hidden  hidden    hidden         key     ok
SecretService.AccessSecretVersion            nobody    ok      ok        ok             key     ok            | nobody    hidden  hidden    hidden         key     ok
SecretService.DestroySecretVersion           nobody    denied  denied    ok             key     ok            | nobody    hidden  hidden    hidden         key     ok
SecretService.DeleteSecret                   nobody    denied  denied    ok             key     ok            | nobody    hidden  hidden    hidden         key     ok
VariableService.CreateVariable               nobody    denied  denied    ok             key     ok            | nobody    hidden  hidden    hidden         key     ok
VariableService.GetVariable                  nobody    ok      ok        ok             key     ok            | nobody    hidden  hidden    hidden         key     ok
VariableService.ListVariables                nobody    ok      ok        ok             key     ok            | nobody    hidden  hidden    hidden         key     ok
VariableService.UpdateVariable               nobody    denied  denied    ok             key     ok            | nobody    hidden  hidden    hidden         key     ok
VariableService.DeleteVariable               nobody    denied  denied    ok             key     ok            | nobody    hidden  hidden    hidden         key     ok
ConnectionService.CreateConnection           nobody    denied  denied    ok             key     ok            | nobody    hidden  hidden    hidden         key     ok
ConnectionService.GetConnection              nobody    ok      ok        ok             key     ok            | nobody    hidden  hidden    hidden         key     ok
ConnectionService.ListConnections            nobody    ok      ok        ok             key     ok            | nobody    hidden  hidden    hidden         key     ok
ConnectionService.UpdateConnection           nobody    denied  denied    ok             key     ok            | nobody    hidden  hidden    hidden         key     ok
ConnectionService.DeleteConnection           nobody    denied  denied    ok             key     ok            | nobody    hidden  hidden    hidden         key     ok
OperationService.RunOperation                nobody    denied  ok        ok             key     ok            | nobody    hidden  hidden    hidden         key     ok
OperationService.WatchOperation              nobody    ok      ok        ok             key     ok            | nobody    hidden  hidden    hidden         key     ok
OperationService.GetOperation                nobody    ok      ok        ok             key     ok            | nobody    hidden  hidden    hidden         key     ok
OperationService.ListOperations              nobody    ok      ok        ok             key     ok            | nobody    hidden  hidden    hidden         key     ok
OperationService.CancelOperation             nobody    denied  ok        ok             key     ok            | nobody    hidden  hidden    hidden         key     ok
OperationService.DeleteOperation             nobody    denied  denied    ok             key     ok            | nobody    hidden  hidden    hidden         key     ok
AuditService.ListAuditRecords                nobody    ok      ok        ok             key     ok            | nobody    hidden  hidden    hidden         key     ok
AuditService.ExportAuditRecords              nobody    ok      ok        ok             key     ok            | nobody    hidden  hidden    hidden         key     ok
AuditService.ExportPlatformAuditRecords      nobody    denied  denied    denied         key     ok            | nobody    denied  denied    denied         key     ok
IdentityService.WhoAmI                       nobody    ok      ok        ok             key     ok            | nobody    ok      ok        ok             key     ok
EncryptionService.RotateMasterKey            nobody    denied  denied    denied         key     ok            | nobody    denied  denied    denied         key     ok
EncryptionService.RotateOrganizationKey      nobody    denied  denied    ok             key     ok            | nobody    hidden  hidden    hidden         key     ok
`;

const codes: Readonly<Record<string, string>> = {
  ok: "ok",
  denied: "access.denied",
  hidden: "organization.not_found",
  nobody: "identity.missing",
  key: "identity.runner_key_without_certificate",
};

interface Row {
  readonly method: string;
  readonly own: ReadonlyMap<Kind, string>;
  readonly other: ReadonlyMap<Kind, string>;
}

const rows: readonly Row[] = readTable(table);

function readTable(text: string): readonly Row[] {
  const [header = "", ...lines] = text.split("\n").filter((line) => line.trim() !== "");
  const [own = [], other = []] = header
    .split("|")
    .map((half) => half.trim().split(/\s+/) as Kind[]);
  return lines.map((line) => {
    const [method = "", ...cells] = line.trim().split(/\s+/);
    const bar = cells.indexOf("|");
    const pair = (names: Kind[], values: string[]): ReadonlyMap<Kind, string> =>
      new Map(names.map((name, index) => [name, codes[values[index] ?? ""] ?? "not in the table"]));
    return {
      method,
      own: pair(own, cells.slice(0, bar)),
      other: pair(other, cells.slice(bar + 1)),
    };
  });
}

const operations = new Set<DescMethod>([...catalog.values()].map(({ method }) => method));
const apiMethods: readonly DescMethod[] = protocolFiles
  .flatMap((file) => file.services)
  .filter(({ name }) => name !== "TunnelService" && name !== "ReferenceService")
  .flatMap((service) => service.methods)
  .filter((method) => !operations.has(method));

const clock = new TestClock();
const random = new TestRandom("pipeline");
let store: OpenStore;
let own: Organization;
let other: Organization;
const accounts = new Map<Kind, ServiceAccount>();
const ends: (() => void)[] = [];

beforeAll(async () => {
  store = await openTestStorage();
  own = organization("own");
  other = organization("other");
  await store.storage.write(async ({ organizations }) => {
    await organizations.insert(own);
    await organizations.insert(other);
  });
  for (const role of ["viewer", "operator", "administrator"] as const) {
    accounts.set(role, account(role, own.id, role));
  }
  accounts.set("runner", { ...account("runner", own.id, "viewer"), runnerId: "run_1" });
  accounts.set("installation", account("installation", undefined, "administrator"));
});

afterAll(async () => {
  for (const end of ends) {
    end();
  }
  await store.close();
});

function organization(name: string): Organization {
  return { id: makeIdentifier("org", random), name, displayName: name, createdAtMs: 0 };
}

function account(name: string, organizationId: string | undefined, role: Role): ServiceAccount {
  return {
    id: makeIdentifier("sa", random),
    organizationId,
    name,
    description: "",
    role,
    runnerId: undefined,
    createdAtMs: 0,
  };
}

/** Stands in for the check of API keys, which has tests of its own: a key is a kind of caller. */
function dependencies(change: Partial<PipelineDependencies> = {}): PipelineDependencies {
  return {
    storage: store.storage,
    access: makeAccess(),
    limits: makeCallLimits(),
    clock,
    random,
    log: silentLog,
    callerKind: "service-account",
    identify: async (call) => {
      const found = accounts.get(apiKeyOf(call.metadata).expose() as Kind);
      if (found === undefined) {
        throw new Failure("identity.api_key_unknown", "The API key is not known.");
      }
      const key = { id: "key_1", serviceAccountId: found.id } as never;
      return await Promise.resolve(callerOf({ account: found, key }));
    },
    ...change,
  };
}

/** Answers of every API method: nothing, or what `special` says. */
function answers(special: readonly Handler[] = []): readonly Handler[] {
  return apiMethods.map((method) => {
    const found = special.find((handler) => handler.method === method);
    const plain: Handler =
      method.methodKind === "unary"
        ? { method, unary: async () => await Promise.resolve({}) }
        : {
            method,
            stream: async function* () {
              yield await Promise.resolve({});
            },
          };
    return found ?? plain;
  });
}

/** Serves on a free port of loopback. */
async function listen(
  special: readonly Handler[] = [],
  change: Partial<PipelineDependencies> = {},
): Promise<number> {
  const { server, setServing } = makeApiServer(answers(special), dependencies(change));
  const bound = Promise.withResolvers<number>();
  server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
    error === null ? bound.resolve(port) : bound.reject(error),
  );
  const port = await bound.promise;
  setServing(true);
  ends.push(() => server.forceShutdown());
  return port;
}

async function open(
  special: readonly Handler[] = [],
  change: Partial<PipelineDependencies> = {},
): Promise<(kind: Kind) => ApiClient> {
  const port = await listen(special, change);
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
    "grpc.max_send_message_length": 64 * 1024 * 1024,
  });
  ends.push(() => client.close());
  return (kind) => new ApiClient(client, kind === "anonymous" ? undefined : new Secret(kind));
}

const options = { deadlineMs: 20_000 };

/** `ok`, or the code of the failure. */
async function outcome(
  client: ApiClient,
  method: DescMethod,
  organization: string,
): Promise<string> {
  const request = method.input.fields[0]?.name === "organization" ? { organization } : {};
  try {
    if (method.methodKind === "unary") {
      await client.call(method as never, request as never, options);
    } else {
      for await (const _ of client.stream(method as never, request as never, options)) {
        // The items are counted by nobody: only the end matters.
      }
    }
    return "ok";
  } catch (error) {
    return error instanceof Failure ? error.code : String(error);
  }
}

describe("who may call what", () => {
  test("the table has every method of the API, and no other", () => {
    expect(rows.map(({ method }) => method).sort()).toEqual(
      apiMethods.map((method) => `${method.parent.name}.${method.name}`).sort(),
    );
  });

  test.each(["own", "other"] as const)(
    "every kind of caller gets what the table says (%s organization)",
    async (side) => {
      const clientOf = await open();
      const found = new Map<string, Record<string, string>>();
      const expected = new Map<string, Record<string, string>>();
      for (const row of rows) {
        const method = apiMethods.find(
          (each) => `${each.parent.name}.${each.name}` === row.method,
        ) as DescMethod;
        expected.set(row.method, Object.fromEntries(row[side]));
        const got: Record<string, string> = {};
        for (const kind of row[side].keys()) {
          got[kind] = await outcome(clientOf(kind), method, side === "own" ? own.name : other.id);
        }
        found.set(row.method, got);
      }
      expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
    },
  );

  test("an organization that does not exist and one that the caller may not see are answered alike", async () => {
    const clientOf = await open();
    const messages = await Promise.all(
      [other.id, other.name, makeIdentifier("org", random), "nowhere"].map(async (name) => {
        const call = clientOf("administrator").call(
          RunnerService.method.listRunners,
          { organization: name },
          options,
        );
        return await call.catch((error: unknown) =>
          error instanceof Failure ? `${error.code} ${error.message}` : "another error",
        );
      }),
    );
    expect(new Set(messages)).toEqual(
      new Set(["organization.not_found There is no such organization."]),
    );
  });

  test("a denial is audited in the chain of the organization that it was about", async () => {
    const clientOf = await open();
    await outcome(clientOf("viewer"), RunnerService.method.createRunner, own.id);
    const { entries } = await store.storage.read.audit.list(own.id, {
      size: 1,
      after: undefined,
      actionPrefix: "access.",
      subject: undefined,
    });
    expect(entries[0]).toMatchObject({
      actor: accounts.get("viewer")?.id,
      action: "access.denied",
      detail: { action: "createRunner" },
    });
  });
});

test("an API key that proves nothing is audited for the installation, and one that is missing is not", async () => {
  const clientOf = await open();
  const { method } = RunnerService;
  await outcome(clientOf("anonymous"), method.getRunner, own.id);
  await outcome(clientOf("stranger" as Kind), method.getRunner, own.id);
  const { entries } = await store.storage.read.audit.list(undefined, {
    size: 100,
    after: undefined,
    actionPrefix: "authentication.",
    subject: undefined,
  });
  const codesSeen = entries.map(({ detail }) => detail);
  expect(codesSeen).toContainEqual({ code: "identity.api_key_unknown" });
  expect(codesSeen).not.toContainEqual({ code: "identity.missing" });
  expect(entries[0]).toMatchObject({ actor: "anonymous", subject: "127.0.0.1" });
});

test("the message of a call is not read before its caller has proved who it is", async () => {
  const method = RunnerService.method.createRunner;
  const asked = Promise.withResolvers<void>();
  const proving = Promise.withResolvers<void>();
  const { identify } = dependencies();
  const port = await listen([], {
    identify: async (proof) => {
      asked.resolve();
      await proving.promise;
      return await identify(proof);
    },
  });
  const session = connect(`http://127.0.0.1:${port}`);
  ends.push(() => session.destroy());
  const call = session.request({
    ":method": "POST",
    ":path": pathOf(method),
    "content-type": "application/grpc",
    te: "trailers",
    authorization: "Bearer administrator",
  });
  const message = toBinary(
    method.input,
    create(method.input, { organization: own.id, description: "x".repeat(8 * 1024 * 1024) }),
  );
  const length = Buffer.alloc(5);
  length.writeUInt32BE(message.length, 1);
  call.end(Buffer.concat([length, message]));
  await asked.promise;
  // What is answered after this has been taken with everything before it.
  await new Promise((resolve) => session.ping(resolve));
  await new Promise((resolve) => session.ping(resolve));
  expect(session.socket.bytesWritten).toBeLessThan(256 * 1024);

  const trailers = once(call, "trailers");
  call.resume();
  proving.resolve();
  expect((await trailers)[0]).toMatchObject({ "grpc-status": "0" });
  expect(session.socket.bytesWritten).toBeGreaterThan(8 * 1024 * 1024);
});

describe("what a handler is given", () => {
  test("it runs only after everything has been checked, with the organization that the request names", async () => {
    const seen: CallContext[] = [];
    const clientOf = await open([
      {
        method: RunnerService.method.getRunner,
        unary: async (_request: never, context: CallContext) => {
          seen.push(context);
          return await Promise.resolve({});
        },
      },
    ]);
    const method = RunnerService.method.getRunner;
    for (const kind of kinds) {
      await outcome(clientOf(kind), method, other.name);
    }
    await outcome(clientOf("viewer"), method, own.name);
    expect(seen.map(({ caller, organization }) => [caller, organization?.id])).toMatchObject([
      [{ serviceAccountName: "installation", organizationId: undefined }, other.id],
      [{ serviceAccountName: "viewer", organizationId: own.id }, own.id],
    ]);
    expect(seen.every(({ correlationId }) => isIdentifier("cor", correlationId))).toBe(true);
  });

  test("its signal aborts when the caller goes away", async () => {
    const started = Promise.withResolvers<void>();
    const aborted = Promise.withResolvers<unknown>();
    const clientOf = await open([
      {
        method: RunnerService.method.getRunner,
        unary: async (_request: never, { signal }: CallContext) => {
          signal.addEventListener("abort", () => aborted.resolve(signal.reason));
          started.resolve();
          await aborted.promise;
          return {};
        },
      },
    ]);
    const stop = new AbortController();
    const call = clientOf("viewer").call(
      RunnerService.method.getRunner,
      { organization: own.id },
      { ...options, signal: stop.signal },
    );
    const failed = expect(call).rejects.toMatchObject({ code: "request.canceled" });
    await started.promise;
    stop.abort();
    await failed;
    expect(await aborted.promise).toMatchObject({ code: "request.canceled" });
  });

  test("a call is ended after two minutes, and not before, when its caller sets no deadline", async () => {
    const late = new TestClock();
    const started = Promise.withResolvers<void>();
    const aborted = Promise.withResolvers<unknown>();
    let isAborted = false;
    const handler: Handler = {
      method: RunnerService.method.getRunner,
      unary: async (_request: never, { signal }: CallContext) => {
        signal.addEventListener("abort", () => {
          isAborted = true;
          aborted.resolve(signal.reason);
        });
        started.resolve();
        return await new Promise<never>(() => undefined);
      },
    };
    const clientOf = await open([handler], { clock: late });
    const call = clientOf("viewer").call(
      RunnerService.method.getRunner,
      { organization: own.id },
      options,
    );
    const failed = expect(call).rejects.toMatchObject({ code: "request.deadline" });
    await started.promise;
    await late.advance(119_999);
    expect(isAborted).toBe(false);
    await late.advance(1);
    await failed;
    expect(await aborted.promise).toMatchObject({ code: "request.deadline" });
  });

  test("a stream that its caller leaves is ended, even while it waits for the caller to read", async () => {
    const ended = Promise.withResolvers<void>();
    const clientOf = await open([
      {
        method: AuditService.method.exportAuditRecords,
        stream: async function* () {
          try {
            for (;;) {
              yield await Promise.resolve({ chunk: new Uint8Array(64 * 1024) });
            }
          } finally {
            ended.resolve();
          }
        },
      },
    ]);
    const items = clientOf("viewer").stream(
      AuditService.method.exportAuditRecords,
      { organization: own.id },
      options,
    );
    await items.next();
    await items.return();
    await ended.promise;
  });
});

describe("how a failure is answered", () => {
  const failing = (error: unknown): Handler => ({
    method: RunnerService.method.getRunner,
    unary: () => Promise.reject(error as Error),
  });
  const call = async (clientOf: (kind: Kind) => ApiClient): Promise<unknown> =>
    await clientOf("viewer")
      .call(RunnerService.method.getRunner, { organization: own.id }, options)
      .catch((error: unknown) => error);

  test("an expected failure crosses with its code, message and fields, and without its cause", async () => {
    const failure = new Failure("runner.not_found", "There is no such runner.", {
      fields: [{ field: "runner", problem: "must exist" }],
      cause: new Error("inner text"),
    });
    const answered = (await call(await open([failing(failure)]))) as Failure;
    expect(answered).toMatchObject({
      code: "runner.not_found",
      message: "There is no such runner.",
      fields: [{ field: "runner", problem: "must exist" }],
    });
    expect(JSON.stringify(answered)).not.toContain("inner text");
  });

  test("an unexpected error is logged with its cause, and its caller learns nothing of it", async () => {
    const logged: unknown[] = [];
    const log: Log = {
      ...silentLog,
      error: (_message, fields, error) => logged.push([fields, error]),
      with: () => log,
    };
    const bug = new Error("password hunter2 in table secrets");
    const answered = (await call(await open([failing(bug)], { log }))) as Failure;
    expect(answered.code).toBe("control_plane.internal");
    expect(`${answered.message} ${String(answered.cause)}`).not.toContain("hunter2");
    expect(logged).toMatchObject([[{ code: "control_plane.internal" }, bug]]);
  });

  test("a caller that calls a method too often is told how long to wait", async () => {
    const clientOf = await open();
    const codesSeen = new Set<string>();
    let last: unknown;
    for (let times = 0; times < 62; times += 1) {
      try {
        await clientOf("administrator").call(
          RunnerService.method.generateCredentials,
          { organization: own.id },
          options,
        );
      } catch (error) {
        last = error;
        codesSeen.add((error as Failure).code);
      }
    }
    expect([...codesSeen]).toEqual(["request.rate_limited"]);
    expect((last as Failure).retryAfterMs).toBeGreaterThan(0);
    // Another caller, and another method of the same caller, are not affected.
    expect(
      await outcome(clientOf("installation"), RunnerService.method.generateCredentials, own.id),
    ).toBe("ok");
    expect(await outcome(clientOf("administrator"), RunnerService.method.getRunner, own.id)).toBe(
      "ok",
    );
  });

  test("a message above the limit is refused", async () => {
    const clientOf = await open();
    const tooLarge = clientOf("administrator").call(
      RunnerService.method.createRunner,
      { organization: own.id, description: "x".repeat(21 * 1024 * 1024) },
      options,
    );
    await expect(tooLarge).rejects.toMatchObject({ code: "request.too_large" });
  });
});

describe("what does not start", () => {
  test("a service with a method that nothing answers", () => {
    const incomplete = answers().filter(({ method }) => method !== RunnerService.method.getRunner);
    expect(() => makeApiServer(incomplete, dependencies())).toThrow(
      "holdfast.v1.RunnerService.GetRunner has one answer",
    );
  });

  test("a method that belongs to the other listener", () => {
    const method = TunnelService.method.open;
    const foreign: Handler = { method, unary: () => Promise.resolve({}) };
    expect(() => makeApiServer([...answers(), foreign], dependencies())).toThrow(
      "/holdfast.v1.TunnelService/Open is served on the right listener",
    );
  });

  test("a method whose action the policies do not know", () => {
    const access = { ...makeAccess(), actions: new Set(["whoAmI"]) };
    const method = IdentityService.method.whoAmI;
    expect(() =>
      makeApiServer([{ method, unary: () => Promise.resolve({}) }], dependencies({ access })),
    ).not.toThrow();
    expect(() => makeApiServer(answers(), dependencies({ access }))).toThrow(
      "declares an action that the policies know",
    );
  });
});
