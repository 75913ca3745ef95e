import { execFile } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { topLevelCommands } from "./commands.ts";
import { groups } from "./groups.ts";

const program = join(import.meta.dirname, "holdfast.mjs");
const folder = mkdtempSync(join(tmpdir(), "holdfast-cli-test-"));

interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The real command line as a process, in an empty folder and with an empty configuration. */
async function holdfast(words: readonly string[], input = ""): Promise<Ended> {
  return await new Promise((resolve) => {
    const options = {
      cwd: folder,
      env: { HOME: folder, PATH: "/usr/bin:/bin", NODE_COMPILE_CACHE: join(folder, "cache") },
    };
    const child = execFile(
      process.execPath,
      [program, ...words],
      options,
      (error, stdout, stderr) => {
        const code = error === null ? 0 : error.code;
        resolve({ exitCode: typeof code === "number" ? code : 1, stdout, stderr });
      },
    );
    child.stdin?.end(input);
  });
}

test("the help names every noun and command, on standard output", async () => {
  const { exitCode, stdout, stderr } = await holdfast(["--help"]);
  expect(exitCode).toBe(0);
  expect(stderr).toBe("");
  for (const { name } of [...topLevelCommands, ...groups]) {
    expect(stdout).toMatch(new RegExp(`^ {2}${name}\\b`, "m"));
  }
  expect((await holdfast([])).stdout).toBe(stdout);
});

test("every command has help with whole command lines as examples", async () => {
  for (const { name, load } of groups) {
    for (const command of await load()) {
      expect(command.examples.length, `${name} ${command.name}`).toBeGreaterThan(0);
      expect(command.about, `${name} ${command.name}`).toMatch(/^[a-zA-Z].*[^.]$/s);
    }
  }
  const { stdout } = await holdfast(["runner", "generate-credentials", "--help"]);
  expect(stdout).toContain("holdfast runner generate-credentials prod-runner --output-dir ./creds");
});

test.each([
  [["nonsense"], "Unknown command 'nonsense'."],
  [["runner", "craete", "x"], "(Did you mean create?)"],
  [["runner", "create"], "Missing required argument 'name'."],
  [["runner", "create", "x", "--nope"], "Unknown option '--nope'."],
  [["connection", "create", "x", "--mode", "magic"], "Allowed choices are inline"],
  [["operation", "run", "runner.describe"], "name a runner with --runner"],
  [["operation", "run", "kubernetes.pods.list"], "name it with --connection"],
])("%j is a usage error: exit code 2, and where to look", async (words, message) => {
  const { exitCode, stdout, stderr } = await holdfast(words);
  expect(exitCode).toBe(2);
  expect(stdout).toBe("");
  expect(stderr).toContain(message);
  expect(stderr).toMatch(/next: See `holdfast .*--help`\./);
  expect(stderr).toContain("code: cli.usage");
});

test("a noun alone shows its commands, and is a usage error", async () => {
  const { exitCode, stdout, stderr } = await holdfast(["secret"]);
  expect([exitCode, stdout]).toEqual([2, ""]);
  expect(stderr).toContain("add-version");
});

test("without a control plane to talk to, the answer says how to name one", async () => {
  const { exitCode, stderr } = await holdfast(["runner", "list"]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain("next: Name a context: `holdfast context add`.");
});

test("with --json a failure is one JSON line on standard error", async () => {
  const { exitCode, stderr } = await holdfast(["operation", "kinds", "pulumi.upp", "--json"]);
  expect(exitCode).toBe(2);
  expect(JSON.parse(stderr)).toMatchObject({
    error: { code: "operation.unknown_kind", kind: "invalid" },
  });
});

test("the catalog can be read without a control plane", async () => {
  const { stdout } = await holdfast(["operation", "kinds", "--json"]);
  expect(JSON.parse(stdout)).toContainEqual({
    kind: "kubernetes.pods.list",
    provider: "kubernetes",
    effect: "read",
    isStream: false,
  });
});

test("the version is the same whichever way it is asked for", async () => {
  const [word, option, json] = await Promise.all([
    holdfast(["version"]),
    holdfast(["--version"]),
    holdfast(["version", "--json"]),
  ]);
  expect(option.stdout).toBe(word.stdout);
  expect(JSON.parse(json.stdout)).toEqual({ version: word.stdout.trim() });
});

test.each(["bash", "zsh", "fish"])("there is a completion script for %s", async (shell) => {
  const { exitCode, stdout } = await holdfast(["completion", shell]);
  expect(exitCode).toBe(0);
  expect(stdout).toContain("holdfast __complete");
});

test("a completion is a word and what it is, with a tab between", async () => {
  const { stdout } = await holdfast(["__complete", "runner", "regen"]);
  expect(stdout).toMatch(/^regenerate-credentials\t.+\n$/);
});

test("an audit export that was changed, cut or is no export is refused, without any control plane", async () => {
  const { exitCode, stderr } = await holdfast(["audit", "verify", "-"], "{}\n");
  expect(exitCode).toBe(6);
  expect(stderr).toContain("Line 1 is no audit record.");
});
