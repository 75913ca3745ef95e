import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { TestInstallation } from "../../test/support/e2e-harness.ts";
import { bundle } from "../../tools/image/bundle.ts";

/** A control plane, and a runner's bundle with credentials for it, in a folder of their own. */
export interface RunnerWorld extends AsyncDisposable {
  /** Starts a runner, as the image does, and waits until it says that it is connected. */
  start(): Promise<StartedRunner>;
  /** Starts a Node process that does nothing, and waits until it says so. */
  startNothing(): Promise<StartedRunner>;
}

/** A process that is up. */
export interface StartedRunner {
  /** From the start of the process to its word, in milliseconds. */
  readonly tookMs: number;
  /** Resident memory now, in bytes. */
  residentBytes(): number;
  stop(): Promise<void>;
}

/** Bundles the runner and starts a real control plane. */
export async function openRunnerWorld(): Promise<RunnerWorld> {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-bench-"));
  await bundle("runner/main.ts", join(folder, "bundle"));
  const installation = await TestInstallation.open();
  await installation.makeOrganization("bench");
  const credentials = await installation.generate(
    "bench",
    await installation.makeRunner("bench", "bench-runner"),
  );
  const file = await installation.writeCredentials(credentials, "bench");
  const nothing = join(folder, "nothing.mjs");
  await writeFile(nothing, 'console.log("runner connected"); setInterval(() => {}, 1e6);\n');
  let count = 0;
  return {
    start: async () => {
      count += 1;
      return await startProcess([join(folder, "bundle", "main.js"), "start"], {
        HOLDFAST_CREDENTIALS_FILE: file,
        HOLDFAST_STATE_DIR: join(folder, `state-${count}`),
      });
    },
    startNothing: async () => await startProcess([nothing], {}),
    [Symbol.asyncDispose]: async () => {
      await installation.close();
      await rm(folder, { recursive: true });
    },
  };
}

async function startProcess(
  program: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<StartedRunner> {
  const startedAtMs = performance.now();
  const child = spawn(process.execPath, program, {
    // What the image sets (Dockerfile).
    env: { NODE_ENV: "production", NODE_OPTIONS: "--max-semi-space-size=2", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const connected = Promise.withResolvers<number>();
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      lines.push(line);
      if (line.includes("runner connected")) {
        connected.resolve(performance.now() - startedAtMs);
      }
    });
  }
  void ended.then(() => connected.reject(new Error(`it ended:\n${lines.join("\n")}`)));
  const tookMs = await connected.promise;
  return {
    tookMs,
    residentBytes: () => {
      const status = readFileSync(`/proc/${child.pid ?? 0}/status`, "utf8");
      return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1_024;
    },
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
