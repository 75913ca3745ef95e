import { Secret } from "@holdfast/foundation/secret.ts";
import type { RunnerCredentialsFile } from "@holdfast/protocol/identity/credentials-file.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dialAnonymously } from "../../test/support/anonymous-runner.ts";
import { eventually } from "../../test/support/eventually.ts";
import { makeTestAuthority, type TestCertificate } from "../../test/support/test-authority.ts";
import {
  execute,
  opened,
  openTunnelWorld,
  type TunnelWorld,
} from "../../test/support/tunnel-world.ts";
import { revokeCredentials } from "../runners/revoke-credentials.ts";
import type { Runner } from "../runners/runner.ts";
import { updateRunner } from "../runners/update-runner.ts";

let world: TunnelWorld;
let runner: Runner;
let good: RunnerCredentialsFile;

beforeAll(async () => {
  world = await openTunnelWorld();
  runner = await world.world.makeRunner();
  good = await world.credentialsOf(runner);
});
afterAll(async () => await world.close());

/** The same credentials with another certificate, which is not on record. */
const presenting = (
  credentials: RunnerCredentialsFile,
  { certificatePem, privateKeyPem }: TestCertificate,
): RunnerCredentialsFile => ({
  ...credentials,
  certificate: certificatePem,
  privateKey: privateKeyPem,
});

const subject = () => ({ organizationId: runner.organizationId, runnerId: runner.id });

test("a runner with its own certificate and API key gets through both phases, and operations follow", async () => {
  const tunnel = opened(await world.open(good));
  const [seen] = world.tunnels.ofRunner(runner.id);
  expect(seen?.identity).toMatchObject({
    tunnelId: tunnel.tunnelId,
    organizationId: runner.organizationId,
    runnerId: runner.id,
    generation: good.generation,
    serviceAccountId: tunnel.serviceAccountId,
    operationKinds: new Set(["runner.describe"]),
  });
  const operation = execute(world.tunnels, runner.id, { input: Buffer.from("hello") });
  expect(await operation.ended).toEqual({ kind: "succeeded" });
  expect(operation.outputs.map((bytes) => Buffer.from(bytes).toString())).toEqual(["hello"]);
  await tunnel.goodbye("shutdown", "The test has ended.");
  expect(await tunnel.closed).toMatchObject({ kind: "goodbye", code: "shutdown", isOurs: true });
  await eventually(() => world.tunnels.ofRunner(runner.id).length === 0, "the end");
});

/** Each refusal of design.md, section 5, with what brings it about. */
const refusals: readonly [
  string,
  "tunnel" | "control-plane",
  string,
  (credentials: RunnerCredentialsFile) => Promise<RunnerCredentialsFile>,
][] = [
  [
    "a certificate of another authority",
    "tunnel",
    "certificate.untrusted",
    async (credentials) => {
      const foreign = await makeTestAuthority(world.clock);
      return presenting(credentials, await foreign.issueRunner(subject()));
    },
  ],
  [
    "a certificate for servers",
    "tunnel",
    "certificate.wrong_purpose",
    async (credentials) =>
      presenting(credentials, await world.authority.issueRunner(subject(), { purpose: "server" })),
  ],
  [
    "a certificate with another kind of name",
    "tunnel",
    "certificate.malformed_name",
    async (credentials) =>
      presenting(
        credentials,
        await world.authority.issueRunner(subject(), {
          names: ["spiffe://test.internal/runner/x"],
        }),
      ),
  ],
  [
    "a certificate with two names",
    "tunnel",
    "certificate.malformed_name",
    async (credentials) => {
      const name = (id: string): string =>
        `spiffe://test.internal/organization/${runner.organizationId}/runner/${id}`;
      const names = [name(runner.id), name(`run_${"2".repeat(22)}`)];
      return presenting(credentials, await world.authority.issueRunner(subject(), { names }));
    },
  ],
  [
    "a certificate that is not on record",
    "tunnel",
    "certificate.unknown",
    async (credentials) => presenting(credentials, await world.authority.issueRunner(subject())),
  ],
  [
    "a claim to be of another organization",
    "tunnel",
    "certificate.wrong_organization",
    async (credentials) => ({
      ...credentials,
      organization: { ...credentials.organization, id: world.world.other.id },
    }),
  ],
  [
    "a claim to be another runner",
    "tunnel",
    "certificate.wrong_runner",
    async (credentials) => ({
      ...credentials,
      runner: { ...credentials.runner, id: `run_${"2".repeat(22)}` },
    }),
  ],
  [
    "what is no API key",
    "control-plane",
    "identity.api_key_malformed",
    async (credentials) => ({ ...credentials, apiKey: new Secret("hf_nothing") }),
  ],
  [
    "the API key of another runner of the organization",
    "control-plane",
    "identity.api_key_wrong_runner",
    async (credentials) => {
      const { apiKey } = await world.credentialsOf(await world.world.makeRunner());
      return { ...credentials, apiKey };
    },
  ],
  [
    "the API key of a runner of another organization",
    "control-plane",
    "identity.api_key_wrong_organization",
    async (credentials) => {
      const { apiKey } = await world.credentialsOf(await world.world.makeRunner(world.world.other));
      return { ...credentials, apiKey };
    },
  ],
];

test.each(refusals)(
  "a runner with %s is refused in the phase %s with %s, for good",
  async (_what, phase, code, spoil) => {
    const before = [...world.tunnels.all()].length;
    const result = await world.open(await spoil(good));
    expect(result).toMatchObject({ kind: "refused", phase, code, isPermanent: true });
    expect([...world.tunnels.all()].length).toBe(before);
  },
);

test("a certificate that is not valid by the control plane's clock is refused, whatever TLS thinks", async () => {
  const hours = 3_600_000;
  await world.clock.advance(2 * hours);
  expect(await world.open(good)).toMatchObject({ phase: "tunnel", code: "certificate.expired" });
  await world.clock.advance(-4 * hours);
  expect(await world.open(good)).toMatchObject({ code: "certificate.not_yet_valid" });
  await world.clock.advance(2 * hours);
  opened(await world.open(good));
});

test("a runner without a certificate is refused with a reason, not by a silent TLS", async () => {
  const { endpoints, certificateAuthority } = good;
  const refusal = await dialAnonymously(endpoints.tunnel, certificateAuthority);
  expect(refusal).toMatchObject({ code: "certificate.missing", permanent: true });
});

test("a runner whose credentials were revoked is refused, and its live tunnel is cut at once", async () => {
  const victim = await world.world.makeRunner();
  const credentials = await world.credentialsOf(victim);
  const tunnel = opened(await world.open(credentials, { onOperation: () => undefined }));
  const operation = execute(world.tunnels, victim.id);
  await revokeCredentials(world.deps, "sa_admin", {
    organizationId: victim.organizationId,
    runner: victim.id,
    generation: credentials.generation,
  });
  expect(world.tunnels.ofRunner(victim.id)).toEqual([]);
  expect(await operation.ended).toMatchObject({ kind: "failed", failure: { code: "runner.lost" } });
  expect(await tunnel.closed).toMatchObject({
    kind: "goodbye",
    isPermanent: true,
    isOurs: false,
  });
  expect(await world.open(credentials)).toMatchObject({
    phase: "tunnel",
    code: "certificate.revoked",
    isPermanent: true,
  });
});

test("a runner that was disabled is cut and refused, and let in again once it is enabled", async () => {
  const victim = await world.world.makeRunner();
  const credentials = await world.credentialsOf(victim);
  const tunnel = opened(await world.open(credentials));
  const enable = async (isEnabled: boolean): Promise<void> => {
    await updateRunner(world.deps, "sa_admin", {
      organizationId: victim.organizationId,
      runner: victim.id,
      description: undefined,
      isEnabled,
    });
  };
  await enable(false);
  expect(await tunnel.closed).toMatchObject({ code: "runner.disabled" });
  expect(await world.open(credentials)).toMatchObject({ code: "runner.disabled" });
  await enable(true);
  opened(await world.open(credentials));
});

test("whoever answers with a certificate of another authority is not trusted by the runner", async () => {
  const foreign = await makeTestAuthority(world.clock);
  const result = await world.open({ ...good, certificateAuthority: foreign.serverTrustPem });
  expect(result).toMatchObject({ phase: "tunnel", code: "certificate.server_untrusted" });
});

test("whoever answers under another name than the endpoint's is not trusted by the runner", async () => {
  const result = await world.open(good, { serverName: "elsewhere.internal" });
  expect(result).toMatchObject({ phase: "tunnel", code: "certificate.server_untrusted" });
});

test("failed authentications are throttled, for a while and not for good", async () => {
  const victim = await world.world.makeRunner();
  const credentials = await world.credentialsOf(victim);
  const { apiKey } = await world.credentialsOf(await world.world.makeRunner());
  const codes: string[] = [];
  for (let attempt = 0; attempt < 12; attempt += 1) {
    const result = await world.open({ ...credentials, apiKey });
    codes.push(result.kind === "refused" ? result.code : "opened");
    if (codes.at(-1) === "identity.throttled") {
      expect(result).toMatchObject({ phase: "control-plane", isPermanent: false });
    }
  }
  expect(codes.slice(0, 10)).toEqual(Array(10).fill("identity.api_key_wrong_runner"));
  expect(codes.at(-1)).toBe("identity.throttled");
});

test("several tunnels of one runner may be open at the same time", async () => {
  const replicated = await world.world.makeRunner();
  const credentials = await world.credentialsOf(replicated);
  opened(await world.open(credentials));
  opened(await world.open(credentials));
  expect(world.tunnels.ofRunner(replicated.id)).toHaveLength(2);
});
