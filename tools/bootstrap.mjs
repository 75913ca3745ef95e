/**
 * What every npm script calls first: `node tools/bootstrap.mjs <name> [arguments]`.
 *
 * Runs on the machine's own Node (20 or later), so it is plain JavaScript without dependencies. It
 * installs what is missing and continues on the project's own Node, passing on arguments, signals and
 * the exit code.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { constants } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const lockFile = join(root, "package-lock.json");
const installedLockFile = join(root, "node_modules/.package-lock.json");
/** Hash of the lock file that was installed: a checkout changes times, not content. */
const installedHashFile = join(root, "node_modules/.holdfast-installed");
const projectNode = join(root, "node_modules/node/bin/node");
const bin = join(root, "node_modules/.bin");

const vitest = ["node_modules/vitest/vitest.mjs", "run"];
const oldestNode = 20;
const silentMs = 2_000;
const repeatMs = 10_000;
const waitMsMax = 15 * 60_000;

/** What each npm script runs on the project's Node. */
const scripts = {
  start: ["tools/start.ts"],
  test: vitest,
  "test:unit": [...vitest, "--project", "unit"],
  "test:engine": [...vitest, "--project", "engine"],
  "test:e2e": [...vitest, "--project", "e2e"],
  check: ["tools/check.ts"],
  generate: ["tools/generate.ts"],
  bench: ["bench/main.ts"],
  cluster: ["tools/cluster/main.ts"],
  holdfast: ["cli/holdfast.mjs"],
  "verify:aws": ["tools/verify-aws/main.ts"],
};

/** An end that needs no stack: a sentence for whoever typed the command. */
class Stop extends Error {}

function isInstalled() {
  if (!existsSync(projectNode) || !existsSync(installedLockFile)) {
    return false;
  }
  if (statSync(lockFile).mtimeMs <= statSync(installedLockFile).mtimeMs) {
    return true;
  }
  return existsSync(installedHashFile) && readFileSync(installedHashFile, "utf8") === lockHash();
}

function lockHash() {
  return createHash("sha256").update(readFileSync(lockFile)).digest("hex");
}

/** Installs while holding a lock, so that two commands in a fresh clone do not trip over each other. */
async function install() {
  // Not in node_modules, which `npm ci` empties.
  const lock = join(root, ".holdfast/install.lock");
  mkdirSync(join(root, ".holdfast"), { recursive: true, mode: 0o700 });
  const startedAt = performance.now();
  let announced = false;
  while (!takeLock(lock)) {
    const waitedMs = performance.now() - startedAt;
    if (waitedMs > silentMs && !announced) {
      announced = true;
      say("waiting for another command, which is installing the dependencies ...");
    }
    if (waitedMs > waitMsMax) {
      throw new Stop(
        `another command has been installing for 15 minutes; end it and remove ${lock}`,
      );
    }
    await delay(200);
  }
  try {
    if (!isInstalled()) {
      await installNow();
    }
  } finally {
    rmSync(lock, { force: true });
  }
}

async function installNow() {
  // Install scripts run by name only, whatever npm's own default is: those listed in package.json.
  await runNpm("installing the dependencies", ["ci", "--ignore-scripts", "--loglevel=error"]);
  const { allowScripts = {} } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const named = Object.keys(allowScripts).filter((name) => allowScripts[name] === true);
  await runNpm("setting up the project's own Node", ["rebuild", "--loglevel=error", ...named]);
  if (!existsSync(projectNode)) {
    throw new Stop(
      "the package `node` came without its program; remove node_modules and try again",
    );
  }
  writeFileSync(installedHashFile, lockHash());
}

/** Runs npm to its end; says what it is doing if that takes longer than two seconds. */
async function runNpm(what, args) {
  const own = process.env.npm_execpath;
  // The npm that called us, if it was one; else the one on PATH.
  const [command, ...first] = /npm-cli\.c?js$/.test(own ?? "") ? [process.execPath, own] : ["npm"];
  const child = spawn(command, [...first, ...args], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = [];
  child.stdout.on("data", (bytes) => output.push(bytes));
  child.stderr.on("data", (bytes) => output.push(bytes));
  const forget = forwardSignals(child);
  const finish = announce(what);
  const code = await new Promise((resolve, reject) => {
    child.on("error", (error) => reject(new Stop(`npm could not be started: ${error.message}`)));
    child.on("close", (exitCode, signal) => resolve(exitCode ?? signal));
  }).finally(forget);
  finish(code === 0);
  if (code !== 0) {
    say(Buffer.concat(output).toString("utf8").trim());
    throw new Stop(
      `${what} failed (npm ${args[0]} ended with ${code}): read npm's words above, then try again`,
    );
  }
}

/** Says what is being done once it takes longer than two seconds, and from then on how long. */
function announce(what) {
  const startedAt = performance.now();
  const seconds = () => `${((performance.now() - startedAt) / 1_000).toFixed(0)} s`;
  let repeat;
  const first = setTimeout(() => {
    say(`${what} ...`);
    repeat = setInterval(() => say(`${what} ... ${seconds()}`), repeatMs);
  }, silentMs);
  return (succeeded) => {
    clearTimeout(first);
    clearInterval(repeat);
    if (repeat !== undefined && succeeded) {
      say(`${what}: done in ${seconds()}`);
    }
  };
}

/** Takes the lock if nobody alive holds it: a hard link fails if the name is taken. */
function takeLock(path) {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, String(process.pid));
  try {
    if (linkUnlessThere(draft, path)) {
      return true;
    }
    removeIfStale(path);
    return linkUnlessThere(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Removes a dead owner's lock. Moved aside first: what was moved is looked at again before it goes. */
function removeIfStale(path) {
  if (isAlive(readOwner(path))) {
    return;
  }
  const aside = `${path}.stale-${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  if (isAlive(readOwner(aside))) {
    linkUnlessThere(aside, path);
  }
  rmSync(aside, { force: true });
}

function readOwner(path) {
  try {
    return Number(readFileSync(path, "utf8"));
  } catch {
    return Number.NaN;
  }
}

function isAlive(pid) {
  if (!Number.isInteger(pid) || pid <= 0) {
    return false;
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

function linkUnlessThere(from, to) {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error.code === "EEXIST") {
      return false;
    }
    throw error;
  }
}

/** Passes signals on. At a terminal Ctrl-C has reached the child already: it is of the same group. */
function forwardSignals(child) {
  const handlers = ["SIGINT", "SIGTERM", "SIGHUP"].map((signal) => {
    const handler = () => {
      if (signal !== "SIGINT" || process.stdin.isTTY !== true) {
        child.kill(signal);
      }
    };
    process.on(signal, handler);
    return [signal, handler];
  });
  return () => {
    for (const [signal, handler] of handlers) {
      process.off(signal, handler);
    }
  };
}

/**
 * Our own programs first, and the system's last: a root that came by `su` has no `sbin` on its path, and a cluster
 * whose programs find no iptables there starts and then reaches nothing.
 */
function searchPath() {
  const given = (process.env.PATH ?? "").split(delimiter);
  const ofSystem = ["/usr/local/sbin", "/usr/sbin", "/sbin"].filter(
    (place) => !given.includes(place),
  );
  return [bin, ...given, ...ofSystem].join(delimiter);
}

/** Continues on the project's Node; returns the exit code. */
async function proceed(args, folder) {
  const child = spawn(projectNode, args, {
    cwd: folder,
    stdio: "inherit",
    env: { ...process.env, PATH: searchPath() },
  });
  forwardSignals(child);
  return await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve(code ?? 128 + (constants.signals[signal] ?? 0)));
  });
}

function say(line) {
  process.stderr.write(`${line}\n`);
}

async function main([name = "", ...rest]) {
  const script = Object.hasOwn(scripts, name) ? scripts[name] : undefined;
  if (script === undefined) {
    throw new Stop(`there is no script "${name}": ${Object.keys(scripts).join(", ")}`);
  }
  if (Number(process.versions.node.split(".")[0]) < oldestNode) {
    throw new Stop(`this is Node ${process.versions.node}; Node ${oldestNode} or later is needed`);
  }
  if (!isInstalled()) {
    await install();
  }
  const [program, ...first] = script;
  // npm changes into the root; paths on the command line are meant from where it was typed.
  const typedIn = process.env.npm_lifecycle_event === name ? process.env.INIT_CWD : undefined;
  const folder = name === "holdfast" ? (typedIn ?? process.cwd()) : root;
  return await proceed([join(root, program), ...first, ...rest], folder);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  say(error instanceof Stop ? `holdfast: ${error.message}` : String(error?.stack ?? error));
  process.exitCode = 1;
}
