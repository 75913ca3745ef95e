import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { chmod, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { isRoot } from "./environment.ts";
import { findFreePorts } from "./free-port.ts";
import { isRunningProcess } from "./lock.ts";
import { PartFailure } from "./part-failure.ts";
import { announceIfSlow, type Progress } from "./progress.ts";
import { findOnPath, quote, run } from "./run.ts";

/** A start takes a second; a machine under load several. */
const readyMsMax = 60_000;
const pollMs = 50;
/** Somebody else may take the free port before the server does. */
const attemptsMax = 3;
const user = "holdfast";
const folderPrefix = "holdfast-postgresql-";

/** A server that was started; see {@link startServer}. */
export interface PostgresqlServer {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts a server with the programs in `bin`, in a private folder.
 *
 * @throws {PartFailure} if it does not start; the message quotes its log.
 */
export async function startServer(bin: string, progress: Progress): Promise<PostgresqlServer> {
  await removeAbandoned();
  const as = await serverAccount();
  const folder = await mkdtemp(join(tmpdir(), `${folderPrefix}${process.pid}-`));
  const removeFolder = (): void => {
    rmSync(folder, { recursive: true, force: true });
  };
  process.once("exit", removeFolder);
  try {
    const password = randomBytes(16).toString("hex");
    const data = await initialize(bin, folder, password, as);
    const server = await announceIfSlow(
      progress,
      "starting PostgreSQL",
      async () => await start(bin, data, as),
    );
    return {
      url: `postgresql://${user}:${password}@127.0.0.1:${server.port}/postgres`,
      stop: async () => {
        await end(server.child);
        await rm(folder, { recursive: true, force: true });
        process.off("exit", removeFolder);
      },
    };
  } catch (error) {
    removeFolder();
    process.off("exit", removeFolder);
    throw error;
  }
}

/** What owners that were killed left behind. Their servers have ended with them. */
async function removeAbandoned(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = Number.parseInt(name.slice(folderPrefix.length), 10);
    if (name.startsWith(folderPrefix) && !isRunningProcess(pid)) {
      await rm(join(tmpdir(), name), { recursive: true, force: true });
    }
  }
}

/** What to put before a command: PostgreSQL refuses to run as root. */
async function serverAccount(): Promise<readonly string[]> {
  // A server whose owner is killed shuts down by itself, and so leaves no shared memory behind.
  const follow = (await findOnPath("setpriv")) === undefined ? [] : ["setpriv", "--pdeathsig=INT"];
  const account = isRoot() ? ["--reuid=postgres", "--regid=postgres", "--init-groups"] : [];
  return [...follow, ...account];
}

async function initialize(
  bin: string,
  folder: string,
  password: string,
  as: readonly string[],
): Promise<string> {
  const data = join(folder, "data");
  const passwordFile = join(folder, "password");
  await writeFile(passwordFile, password, { mode: 0o600 });
  const advice = "read the lines above; the folder for temporary files must be writable.";
  if (isRoot()) {
    await run("chown", ["-R", "postgres:", folder], { advice });
  }
  await chmod(folder, 0o700);
  const [program = "", ...args] = [
    ...as,
    join(bin, "initdb"),
    `--pgdata=${data}`,
    `--username=${user}`,
    `--pwfile=${passwordFile}`,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C.UTF-8",
    "--no-sync",
  ];
  await run(program, args, { folder, advice });
  await rm(passwordFile);
  return data;
}

interface RunningServer {
  readonly child: ChildProcess;
  readonly port: number;
}

async function start(bin: string, data: string, as: readonly string[]): Promise<RunningServer> {
  for (let attempt = 1; ; attempt++) {
    const [port = 0] = await findFreePorts(1);
    const server = spawnServer(bin, data, port, as);
    if (await isReady(bin, port, server.child)) {
      return { child: server.child, port };
    }
    await end(server.child);
    if (attempt === attemptsMax) {
      throw new PartFailure(`PostgreSQL did not start.\n${quote(server.log.join(""))}`, {
        advice: "read the lines above; they are the server's own.",
      });
    }
  }
}

function spawnServer(
  bin: string,
  data: string,
  port: number,
  as: readonly string[],
): { readonly child: ChildProcess; readonly log: string[] } {
  const settings = [
    `port=${port}`,
    "listen_addresses=127.0.0.1",
    `unix_socket_directories=${data}`,
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=200",
  ];
  const [program = "", ...args] = [
    ...as,
    join(bin, "postgres"),
    "-D",
    data,
    ...settings.flatMap((setting) => ["-c", setting]),
  ];
  const child = spawn(program, args, { cwd: data, stdio: ["ignore", "ignore", "pipe"] });
  const log: string[] = [];
  child.stderr.setEncoding("utf8").on("data", (text: string) => log.push(text));
  child.on("error", (error) => log.push(error.message));
  return { child, log };
}

async function isReady(bin: string, port: number, child: ChildProcess): Promise<boolean> {
  const giveUpAtMs = performance.now() + readyMsMax;
  while (performance.now() < giveUpAtMs && isRunning(child)) {
    const asked = run(join(bin, "pg_isready"), ["-q", "-h", "127.0.0.1", "-p", String(port)], {
      advice: "wait.",
    });
    if (
      await asked.then(
        () => true,
        () => false,
      )
    ) {
      return isRunning(child);
    }
    await delay(pollMs);
  }
  return false;
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

/** Fast shutdown: connections are closed, not waited for. */
async function end(child: ChildProcess): Promise<void> {
  if (isRunning(child)) {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGINT");
    await ended;
  }
}
