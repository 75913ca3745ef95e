import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isRunning } from "../../cli/dev/process-identity.ts";
import { providePulumiCli } from "../../tools/parts/pulumi-cli.ts";
import { providePulumiNodejs } from "../../tools/parts/pulumi-nodejs.ts";
import { TestProcess } from "../support/child-process.ts";
import { eventually } from "../support/eventually.ts";

const cli = join(import.meta.dirname, "../../cli/holdfast.mjs");
const devMs = 120_000;

let folder = "";
let parts: readonly string[] = [];
const started: TestProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-dev-"));
  const silent = (): void => undefined;
  const { root } = await providePulumiCli(silent);
  const { binary } = await providePulumiNodejs(silent);
  parts = ["--pulumi-root", root, "--pulumi-hosts", dirname(binary)];
});

afterAll(async () => {
  for (const process of started) {
    await process.stop();
  }
  await rm(folder, { recursive: true, force: true });
});

/** One `holdfast dev` over the data in `name`. */
function startDev(name: string, ...more: readonly string[]): TestProcess {
  const process = new TestProcess(cli, {
    arguments: ["dev", "--data-dir", join(folder, name), ...parts, ...more],
    environment: { HOME: folder, HOLDFAST_CONFIG: join(folder, "config.json") },
    directory: folder,
  });
  started.push(process);
  return process;
}

interface DevRecord {
  readonly processes: readonly { readonly pid: number; readonly startedAt: string }[];
}

async function recordOf(name: string): Promise<DevRecord> {
  return JSON.parse(await readFile(join(folder, name, "dev.json"), "utf8")) as DevRecord;
}

async function modeOf(...path: readonly string[]): Promise<number> {
  return (await stat(join(folder, ...path))).mode & 0o777;
}

test(
  "`holdfast dev --exit` brings up the whole path on fresh data, and over the same data finds everything as it was",
  async () => {
    const first = startDev("again", "--exit");
    expect(await first.ended, first.errors).toMatchObject({ code: 0 });
    expect(first.errors).toMatch(/ok +pulumi up: stack local +\d+ create/);
    expect(first.errors).toMatch(/ok +runner\.describe/);
    expect(first.errors).toMatch(/ok +pulumi\.up +stack dev of the sample program: 2 create/);
    for (const path of ["", "control-plane", "pulumi", "runner", "state"]) {
      expect(await modeOf("again", path)).toBe(0o700);
    }
    for (const path of ["context.json", "state-passphrase", "runner/credentials.json"]) {
      expect(await modeOf("again", path)).toBe(0o600);
    }
    const credentials = await readFile(join(folder, "again/runner/credentials.json"));

    const second = startDev("again", "--exit");
    expect(await second.ended, second.errors).toMatchObject({ code: 0 });
    expect(second.errors).toMatch(/ok +pulumi up: stack local +no changes/);
    expect(second.errors).toMatch(/ok +pulumi\.up +stack dev of the sample program: no changes/);
    expect(await readFile(join(folder, "again/runner/credentials.json"))).toEqual(credentials);
    expect((await recordOf("again")).processes).toEqual([]);
  },
  devMs * 2,
);

test(
  "another `holdfast dev` over the same data is refused with the first one's process id; Ctrl-C stops the first in order",
  async () => {
    const first = startDev("again");
    await eventually(
      () => first.errors.includes("Ctrl-C stops everything"),
      "the end of the start",
    );
    const second = startDev("again", "--exit");
    expect(await second.ended).toMatchObject({ code: 6 });
    expect(second.errors).toContain(`process ${first.pid}`);

    const { processes } = await recordOf("again");
    expect(processes).toHaveLength(2);
    expect(await first.stop("SIGINT"), first.errors).toMatchObject({ code: 0 });
    expect(processes.filter(isRunning)).toEqual([]);
    const runnerLog = await readFile(join(folder, "again/logs/runner.log"), "utf8");
    expect(runnerLog.trimEnd().split("\n").at(-1)).toContain('"inOrder":true');
  },
  devMs * 2,
);

/** Moments of a start: what it has said, by the last step that was done. */
const moments: readonly (readonly [string, RegExp | undefined])[] = [
  ["before anything is ready", undefined],
  ["while the stack is updated", /ok +control plane/],
  ["while the runner starts", /ok +pulumi up/],
  ["while a stack is updated through the tunnel", /ok +pulumi\.preview/],
];

async function hasCome(killed: TestProcess, done: RegExp | undefined): Promise<boolean> {
  if (done !== undefined) {
    return done.test(killed.errors);
  }
  const lock = await stat(join(folder, "killed/dev.lock")).catch(() => undefined);
  return lock !== undefined;
}

test(
  "killed at one moment after the other, each next start recovers, and the last one succeeds in everything",
  async () => {
    for (const [name, done] of moments) {
      const killed = startDev("killed");
      try {
        await eventually(async () => await hasCome(killed, done), `a moment ${name}`);
      } catch (cause) {
        throw new Error(`No moment ${name}. It said:\n${killed.errors}`, { cause });
      }
      await killed.stop("SIGKILL");
    }
    const last = startDev("killed", "--exit");
    expect(await last.ended, last.errors).toMatchObject({ code: 0 });
    expect((await recordOf("killed")).processes).toEqual([]);
  },
  devMs * 3,
);
