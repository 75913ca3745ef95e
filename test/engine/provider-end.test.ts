import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Organization } from "holdfast/organization.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { progressToStandardError } from "../../tools/parts/progress.ts";
import { providePulumiNodejs } from "../../tools/parts/pulumi-nodejs.ts";
import { eventually } from "../support/eventually.ts";
import { type ControlPlaneProcess, startTemporaryControlPlane } from "./control-plane-process.ts";
import { makeStack, providerFor } from "./engine-world.ts";

let controlPlane: ControlPlaneProcess;

beforeAll(async () => {
  controlPlane = await startTemporaryControlPlane();
});

afterAll(async () => {
  await controlPlane.stop();
});

/** A process of this machine. */
interface SeenProcess {
  readonly pid: number;
  readonly commandLine: string;
}

/** Processes whose environment has this variable: an engine hands it on to what it starts. */
async function processesWith(variable: string): Promise<readonly SeenProcess[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const seen = await Promise.all(
    pids.map(async (pid): Promise<readonly SeenProcess[]> => {
      try {
        const environment = await readFile(`/proc/${pid}/environ`, "utf8");
        const commandLine = await readFile(`/proc/${pid}/cmdline`, "utf8");
        return environment.split("\0").includes(variable)
          ? [{ pid: Number(pid), commandLine: commandLine.replaceAll("\0", " ").trim() }]
          : [];
      } catch {
        // It has ended meanwhile.
        return [];
      }
    }),
  );
  return seen.flat();
}

function isProvider({ commandLine }: SeenProcess): boolean {
  return /provider\/start\.mjs|run-plugin/.test(commandLine);
}

const components = dirname(fileURLToPath(import.meta.resolve("holdfast/version.ts")));

/** Ways in which an engine starts the provider. */
const ways = [
  { way: "as a program", name: "program", path: join(components, "bin") },
  { way: "through a language host", name: "language-host", path: components },
];

test.each(ways)(
  "a provider that an engine has started $way ends when the engine is killed",
  async ({ name, path }) => {
    const value = `${name}-${process.pid}`;
    const { binary } = await providePulumiNodejs(progressToStandardError);
    const stack = await makeStack({
      environment: {
        PROVIDER_END_TEST: value,
        PATH: `${dirname(binary)}:${dirname(process.execPath)}:${process.env["PATH"] ?? ""}`,
      },
      plugins: [{ name: "holdfast", path }],
    });
    const marked = async () => await processesWith(`PROVIDER_END_TEST=${value}`);
    const made = Promise.withResolvers<string>();
    const release = Promise.withResolvers<void>();
    const failed = stack.failure(async () => {
      const { id } = new Organization(
        "organization",
        { name },
        { provider: providerFor(controlPlane) },
      );
      id.apply((known) => made.resolve(known));
      await release.promise;
    });
    // The engine has all that it needs of the provider, and waits for the program to end.
    expect(await Promise.race([made.promise, failed])).toMatch(/^org_/);
    const before = await marked();
    expect(before.filter(isProvider).length).toBeGreaterThan(0);
    const engines = before.filter(({ commandLine }) => /\/pulumi up /.test(commandLine));
    expect(engines).toHaveLength(1);
    for (const { pid } of engines) {
      process.kill(pid, "SIGKILL");
    }
    await eventually(async () => !(await marked()).some(isProvider), "the end of the provider");
    release.resolve();
    await failed;
  },
);
