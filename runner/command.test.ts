import { expect, test } from "vitest";
import { temporaryFolder } from "../test/support/temporary-folder.ts";
import { TestClock } from "../test/support/test-clock.ts";
import { runCommand } from "./command.ts";

/** Runs a command and answers with its exit code and what it printed. */
async function run(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<{ readonly code: number; readonly printed: string; readonly errors: string }> {
  const seen = { printed: "", errors: "" };
  const code = await runCommand(args, {
    environment,
    machine: { temporaryFolder: await temporaryFolder(), userId: process.getuid?.() ?? 0 },
    clock: new TestClock(),
    stop: new AbortController().signal,
    force: new AbortController().signal,
    print: (line) => {
      seen.printed += line;
    },
    printError: (line) => {
      seen.errors += line;
    },
  });
  return { code, ...seen };
}

test("what is no command is answered with the usage and the exit code for wrong settings", async () => {
  for (const args of [[], ["stop"], ["start", "--now"], ["health", "--yaml"]]) {
    const { code, errors } = await run(args, {});
    expect(code).toBe(2);
    expect(errors).toContain("holdfast-runner start | health [--json]");
  }
});

test.each([
  [{}, "settings.invalid", 2],
  [{ HOLDFAST_CREDENTIALS_FILE: "/none", HOLDFAST_POLICY_FILE: "/none" }, "policy.invalid", 3],
  [{ HOLDFAST_CREDENTIALS_FILE: "/none" }, "credentials.unreadable", 10],
  [{ HOLDFAST_CREDENTIALS: "canary" }, "credentials.invalid", 11],
])(
  "the first error line says what was wrong before anything was sent: %j",
  async (environment, code, exitCode) => {
    const { code: ended, printed } = await run(["start"], environment);
    const line: unknown = JSON.parse(printed.split("\n")[0] ?? "");
    expect(line).toMatchObject({ level: "error", phase: "preparation", code });
    expect(ended).toBe(exitCode);
    expect(printed).not.toContain("canary");
  },
);

test("health without a runner is told by its exit code", async () => {
  const { code, printed } = await run(["health", "--json"], {});
  expect(code).toBe(1);
  expect(JSON.parse(printed)).toMatchObject({ healthy: false, code: "not_running" });
});
