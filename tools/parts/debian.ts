import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isRoot, partsFolder } from "./environment.ts";
import { withLock } from "./lock.ts";
import { PartFailure } from "./part-failure.ts";
import { announceIfSlow, type Progress } from "./progress.ts";
import { findOnPath, run } from "./run.ts";

/** A cold package list and a slow mirror together stay below this. */
const aptMs = 15 * 60_000;

/**
 * Installs packages of the distribution that are missing.
 *
 * guarantee: what is installed already is not touched; two runs at once wait for each other.
 *
 * @throws {PartFailure} naming the packages, if this is no Debian, we are not root, or the installation fails.
 */
export async function installDebianPackages(
  packages: readonly string[],
  progress: Progress,
): Promise<void> {
  const missing = await findMissing(packages);
  if (missing.length === 0) {
    return;
  }
  const list = missing.join(" ");
  if ((await findOnPath("apt-get")) === undefined) {
    throw new PartFailure(`Missing here: ${list}, and there is no apt-get to install them with.`, {
      advice: "install what your distribution calls them, so that their programs are on PATH.",
    });
  }
  if (!isRoot()) {
    throw new PartFailure(`Missing here: ${list}. Only root can install them.`, {
      advice: `run "apt-get install --no-install-recommends ${list}" as root, then run this again.`,
    });
  }
  await withLock(join(partsFolder(), "apt-get.lock"), progress, async () => {
    await announceIfSlow(progress, `installing ${list}`, async () => {
      await install(await findMissing(packages));
    });
  });
}

/** First with the package lists that are there; they may be absent or old. */
async function install(packages: readonly string[]): Promise<void> {
  if (packages.length === 0) {
    return;
  }
  const advice = `run "apt-get update && apt-get install ${packages.join(" ")}" by hand and read what it says.`;
  const options = { environment: { DEBIAN_FRONTEND: "noninteractive" }, timeoutMs: aptMs, advice };
  const wait = ["-o", "DPkg::Lock::Timeout=300"];
  const installation = [
    ...wait,
    "install",
    "--yes",
    "--quiet",
    "--no-install-recommends",
    ...packages,
  ];
  try {
    await run("apt-get", installation, options);
  } catch {
    await run("apt-get", [...wait, "update", "--quiet"], options);
    await run("apt-get", installation, options);
  }
}

/** Which of the packages are not installed, from the package manager's own record: no program is started. */
async function findMissing(packages: readonly string[]): Promise<readonly string[]> {
  const record = await readFile("/var/lib/dpkg/status", "utf8").catch(() => "");
  const installed = new Set(
    record
      .split("\n\n")
      .filter((entry) => /^Status: \S+ \S+ installed$/m.test(entry))
      .map((entry) => /^Package: (\S+)$/m.exec(entry)?.[1]),
  );
  return packages.filter((name) => !installed.has(name));
}
