import { silentLog } from "@holdfast/foundation/log.ts";
import { catalog, needsConnection } from "@holdfast/protocol/operations/catalog.ts";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import { TestClock } from "../../test/support/test-clock.ts";
import { ChildSessions } from "../children/child-sessions.ts";
import { readSettings } from "../settings.ts";
import { type HandlerParts, runnerHandlers } from "./runner-handlers.ts";

async function parts(environment: Readonly<Record<string, string>> = {}): Promise<HandlerParts> {
  const settings = readSettings(
    {
      HOLDFAST_CREDENTIALS_FILE: "/c",
      HOLDFAST_STATE_DIR: await temporaryFolder(),
      ...environment,
    },
    { temporaryFolder: "/tmp", userId: 0 },
  );
  return {
    settings,
    clock: new TestClock(),
    log: silentLog,
    sessions: new ChildSessions(),
    facts: {
      platform: "linux/x64",
      runtimeVersion: "26.0.0",
      policySha256: "",
      startedAtMs: () => 0,
      operationKinds: () => [],
      operationsRunning: () => 0,
      credentialsGeneration: () => 1,
    },
  };
}

test("the runner executes every kind of the catalog, and nothing else", async () => {
  const handlers = await runnerHandlers(await parts({ HOLDFAST_PULUMI_ROOT: "/opt/pulumi" }));
  expect(handlers.map(({ kind }) => kind).sort()).toEqual([...catalog.keys()].sort());
});

test("a runner without a Pulumi CLI announces no operations on stacks", async () => {
  const kinds = (await runnerHandlers(await parts())).map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind.startsWith("pulumi."))).toEqual([]);
  expect(kinds).toContain("kubernetes.pods.list");
});

test("every kind that needs a connection says which modes it can use", async () => {
  const handlers = await runnerHandlers(await parts({ HOLDFAST_PULUMI_ROOT: "/opt/pulumi" }));
  for (const { kind, modes } of handlers) {
    const entry = catalog.get(kind);
    expect(modes.length > 0).toBe(entry !== undefined && needsConnection(entry));
  }
});
