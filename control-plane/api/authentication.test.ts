import { Metadata } from "@grpc/grpc-js";
import { Failure } from "@holdfast/foundation/failure.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import { expect, test } from "vitest";
import { TestClock } from "../../test/support/test-clock.ts";
import { TestRandom } from "../../test/support/test-random.ts";
import { mintApiKey } from "../service-accounts/api-key.ts";
import type { ServiceAccount } from "../service-accounts/service-account.ts";
import {
  addressOf,
  apiKeyOf,
  callerOf,
  identifyByApiKey,
  throttleKeyOf,
} from "./authentication.ts";
import { makeCallLimits } from "./call-limits.ts";
import type { ServedCall } from "./pipeline.ts";

const { key, token } = mintApiKey(
  {
    random: new TestRandom("authentication"),
    clock: new TestClock(),
    peppers: {
      active: { id: "p1", pepper: new Secret(new Uint8Array(32)) },
      find: () => undefined,
    },
  },
  { serviceAccountId: "sa_1", organizationId: "org_1", description: "", expireAtMs: undefined },
);

const account = (change: Partial<ServiceAccount> = {}): ServiceAccount => ({
  id: "sa_1",
  organizationId: "org_1",
  name: "deploy",
  description: "",
  role: "operator",
  runnerId: undefined,
  createdAtMs: 0,
  ...change,
});

const metadata = (...values: string[]): Metadata => {
  const made = new Metadata();
  for (const value of values) {
    made.add("authorization", value);
  }
  return made;
};

const call = (authorization: string, peer = "192.0.2.1:4711"): ServedCall =>
  // Only these two are asked of a call.
  ({ metadata: metadata(authorization), getPeer: () => peer }) as never;

const codeOf = async (work: Promise<unknown>): Promise<string> =>
  await work.then(
    () => "ok",
    (error: unknown) => (error instanceof Failure ? error.code : String(error)),
  );

test("an API key is taken from the header of the call, and from nowhere else", () => {
  expect(apiKeyOf(metadata(`Bearer ${token.expose()}`)).expose()).toBe(token.expose());
});

test.each([
  [],
  [""],
  ["Bearer "],
  ["Basic abc"],
  [`Bearer ${"x".repeat(201)}`],
  ["Bearer a b"],
  ["bearer abc"],
])("a call without an API key of the right form carries none (%s)", (...values) => {
  expect(() => apiKeyOf(metadata(...values))).toThrow("carries no API key");
});

test("a caller is who its key proves: organization and role come from the account", () => {
  expect(callerOf({ account: account(), key })).toEqual({
    kind: "service-account",
    serviceAccountId: "sa_1",
    serviceAccountName: "deploy",
    organizationId: "org_1",
    role: "operator",
    apiKeyId: key.id,
  });
});

test("an administrator of the installation has no organization, and so no role in one", () => {
  const installation = account({ organizationId: undefined, role: "administrator" });
  expect(callerOf({ account: installation, key })).toMatchObject({
    organizationId: undefined,
    role: undefined,
  });
});

test("a stolen API key of a runner alone opens nothing", async () => {
  const identify = identifyByApiKey({
    limits: makeCallLimits(),
    proveKey: async () => await Promise.resolve({ account: account({ runnerId: "run_1" }), key }),
  });
  expect(await codeOf(identify(call(`Bearer ${token.expose()}`)))).toBe(
    "identity.runner_key_without_certificate",
  );
});

test("after ten failures a key id is refused before anything is looked up", async () => {
  let looked = 0;
  const identify = identifyByApiKey({
    limits: makeCallLimits(),
    proveKey: () => {
      looked += 1;
      return Promise.reject(new Failure("identity.api_key_unknown", "Not known."));
    },
  });
  const codes: string[] = [];
  for (let times = 0; times < 12; times += 1) {
    codes.push(await codeOf(identify(call(`Bearer ${token.expose()}`))));
  }
  expect(codes.slice(0, 10)).toEqual(Array<string>(10).fill("identity.api_key_unknown"));
  expect(codes.slice(10)).toEqual(["identity.throttled", "identity.throttled"]);
  expect(looked).toBe(10);
});

test("what is no key of ours is counted by address, so that it closes no key", async () => {
  const identify = identifyByApiKey({
    limits: makeCallLimits(),
    proveKey: () => Promise.reject(new Failure("identity.api_key_malformed", "Malformed.")),
  });
  for (let times = 0; times < 12; times += 1) {
    await codeOf(identify(call("Bearer nonsense")));
  }
  expect(await codeOf(identify(call("Bearer nonsense")))).toBe("identity.throttled");
  expect(await codeOf(identify(call("Bearer nonsense", "192.0.2.2:1")))).toBe(
    "identity.api_key_malformed",
  );
});

test("a store that is away does not count against the caller", async () => {
  const identify = identifyByApiKey({
    limits: makeCallLimits(),
    proveKey: () => Promise.reject(new Error("connection lost")),
  });
  for (let times = 0; times < 20; times += 1) {
    expect(await codeOf(identify(call(`Bearer ${token.expose()}`)))).toBe("Error: connection lost");
  }
});

test("failures are counted under the key's id, or the address if it has none", () => {
  expect(throttleKeyOf(token, "192.0.2.1")).toBe(key.id);
  expect(throttleKeyOf(new Secret("nonsense"), "192.0.2.1")).toBe("malformed from 192.0.2.1");
});

test("one machine counts as one, whatever its port", () => {
  expect(addressOf("192.0.2.1:4711")).toBe("192.0.2.1");
  expect(addressOf("[::1]:4711")).toBe("[::1]");
});
