import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type LocalAuthority,
  openLocalAuthority,
} from "@holdfast/control-plane/authority/local-authority.ts";
import type { Organization } from "@holdfast/control-plane/organizations/organization.ts";
import { createRunner } from "@holdfast/control-plane/runners/create-runner.ts";
import { generateCredentials } from "@holdfast/control-plane/runners/generate-credentials.ts";
import type { MintedCredentials } from "@holdfast/control-plane/runners/mint-credentials.ts";
import type { Runner, RunnerCredentials } from "@holdfast/control-plane/runners/runner.ts";
import type { RunnerDependencies } from "@holdfast/control-plane/runners/runner-dependencies.ts";
import { mintApiKey } from "@holdfast/control-plane/service-accounts/api-key.ts";
import { authenticateApiKey } from "@holdfast/control-plane/service-accounts/authenticate-api-key.ts";
import { openPeppers } from "@holdfast/control-plane/service-accounts/peppers.ts";
import type {
  ApiKey,
  ServiceAccount,
} from "@holdfast/control-plane/service-accounts/service-account.ts";
import { makeIdentifier } from "@holdfast/foundation/identifier.ts";
import type { Secret } from "@holdfast/foundation/secret.ts";
import { FakeTunnels } from "./fake-tunnels.ts";
import { TestClock } from "./test-clock.ts";
import { TestRandom } from "./test-random.ts";
import { openTestStorage } from "./test-storage.ts";

/** Two organizations with a real store and a real authority; only the tunnels and the clock are not. */
export interface RunnerWorld {
  readonly deps: RunnerDependencies & {
    readonly tunnels: FakeTunnels;
    readonly clock: TestClock;
    readonly authority: LocalAuthority;
  };
  readonly organization: Organization;
  readonly other: Organization;
  /** Registers a runner with a name of its own. */
  makeRunner(organization?: Organization): Promise<Runner>;
  /** Generates credentials for a runner, the key made by the control plane. */
  generate(runner: Runner, lifetimeSeconds?: number): Promise<MintedCredentials>;
  authenticateApiKey(
    token: Secret<string>,
  ): Promise<{ readonly account: ServiceAccount; readonly key: ApiKey }>;
  /** All generations of a runner, the oldest first. */
  generations(runner: Runner): Promise<readonly RunnerCredentials[]>;
  /** The audit of an organization as `action subject`, the oldest first. */
  audited(organization?: Organization): Promise<readonly string[]>;
  close(): Promise<void>;
}

/**
 * Opens a {@link RunnerWorld}; one for each test file is enough.
 *
 * @param clock starts in the present where TLS, which has no other clock, checks a certificate too.
 */
export async function openRunnerWorld(clock: TestClock = new TestClock()): Promise<RunnerWorld> {
  const directory = mkdtempSync(join(tmpdir(), "runner-world-"));
  const store = await openTestStorage();
  const random = new TestRandom("runner-world");
  const accounts = {
    storage: store.storage,
    clock,
    random,
    peppers: openPeppers({ path: join(directory, "pepper.json"), random, mayMake: true }),
  };
  const deps: RunnerWorld["deps"] = {
    storage: store.storage,
    clock,
    random,
    tunnels: new FakeTunnels(),
    authority: await openLocalAuthority({
      directory: join(directory, "authority"),
      trustDomain: "test.internal",
      serverNames: ["localhost"],
      clock,
      random,
    }),
    mintApiKey: (content) => mintApiKey(accounts, content),
    endpoints: { tunnel: "localhost:8443", api: "localhost:8444" },
    certificateLifetimeMs: 90 * 86_400_000,
  };
  const [organization, other] = ["acme", "globex"].map((name) => ({
    id: makeIdentifier("org", random),
    name,
    displayName: name,
    createdAtMs: 0,
  })) as [Organization, Organization];
  await store.storage.write(async ({ organizations }) => {
    await organizations.insert(organization);
    await organizations.insert(other);
  });
  let runners = 0;
  const everything = { size: 500, after: undefined };
  return {
    deps,
    organization,
    other,
    makeRunner: async (owner = organization) => {
      runners += 1;
      return await createRunner(deps, "sa_admin", {
        organizationId: owner.id,
        name: `runner-${runners}`,
        description: "",
      });
    },
    generate: async (runner, lifetimeSeconds = 0) =>
      await generateCredentials(deps, "sa_admin", {
        organization: runner.organizationId === other.id ? other : organization,
        runner: runner.id,
        certificateRequestPem: "",
        lifetimeSeconds,
      }),
    authenticateApiKey: async (token) => await authenticateApiKey(accounts, token),
    generations: async (runner) => {
      const { credentials } = store.storage.read;
      const { entries } = await credentials.list(runner.organizationId, runner.id, everything);
      return entries.toReversed();
    },
    audited: async (owner = organization) => {
      const { entries } = await store.storage.read.audit.list(owner.id, {
        ...everything,
        actionPrefix: "",
        subject: undefined,
      });
      return entries.toReversed().map(({ action, subject }) => `${action} ${subject}`);
    },
    close: async () => {
      await store.close();
      rmSync(directory, { recursive: true });
    },
  };
}
