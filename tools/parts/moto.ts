import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { installDebianPackages } from "./debian.ts";
import { type PartRecipe, type Progress, providePart } from "./part.ts";
import { PartFailure } from "./part-failure.ts";
import { findOnPath, run } from "./run.ts";
import { verifyVersion } from "./verify-version.ts";

const version = "5.2.5";
/** The oldest Python that this version of moto supports, as its package says. */
const pythonMinorMin = 10;
/** 50 packages from a slow mirror. */
const installMsMax = 15 * 60_000;

const program = "bin/python3";
const requirements = join(import.meta.dirname, "modules", "moto", "requirements.txt");

/** Prints moto's version, after everything that the server needs was imported. */
const askVersion =
  "import importlib.metadata, moto.server; print(importlib.metadata.version('moto'))";

/**
 * Brings moto, a server that imitates AWS: IAM and STS with enforcement, Secrets Manager, ECS and more.
 *
 * shape: `python` is the absolute path of the Python that has it; the server is `python -m moto.server`. There is no
 * script to start it with: a script would carry the path of the folder that it was installed in.
 *
 * @throws {PartFailure} saying what to do, if it is neither there nor to be installed.
 */
export async function provideMoto(
  progress: Progress,
): Promise<{ readonly version: string; readonly python: string }> {
  const folder = await providePart(recipe, progress);
  return { version, python: join(folder, program) };
}

/** Whether every package is pinned to one version, and moto to ours: what `pip` makes of the file is then certain. */
export function readPins(text: string): ReadonlyMap<string, string> {
  const pins = new Map<string, string>();
  for (const line of text.split("\n").map((each) => each.trim())) {
    if (line === "" || line.startsWith("#")) {
      continue;
    }
    const [, name, pinned] =
      /^([A-Za-z0-9._-]+)(?:\[[a-z,]+\])?==([A-Za-z0-9.]+)$/.exec(line) ?? [];
    if (name === undefined || pinned === undefined) {
      throw new PartFailure(`"${line}" in ${requirements} names no exact version.`, {
        advice: "write the line as NAME==VERSION.",
      });
    }
    pins.set(name.toLowerCase(), pinned);
  }
  return pins;
}

const recipe: PartRecipe = {
  name: "moto",
  version,
  programs: [program],
  verify: async (folder) => {
    await verifyVersion(join(folder, program), ["-c", askVersion], version);
  },
  findInstalled,
  build: async (folder, progress) => {
    if (readPins(await readFile(requirements, "utf8")).get("moto") !== version) {
      throw new PartFailure(`${requirements} does not pin moto to ${version}.`, {
        advice: "make the version in tools/parts/moto.ts and the file agree.",
      });
    }
    const python = await requirePython(progress);
    await run(python, ["-m", "venv", folder], {
      advice: `run "${python} -m venv /tmp/try" by hand and read what it says.`,
    });
    await run(
      join(folder, program),
      ["-m", "pip", "install", ...pipOptions, "--requirement", requirements],
      {
        timeoutMs: installMsMax,
        advice: "read the lines above; check the network and pip's own settings (pip config list).",
      },
    );
  },
};

const pipOptions = ["--quiet", "--no-input", "--disable-pip-version-check"];

/** The folder of a Python on `PATH` that has this very version already. */
async function findInstalled(): Promise<string | undefined> {
  const python = await findOnPath("python3");
  if (python === undefined) {
    return undefined;
  }
  const code = `${askVersion}; import sys; print(sys.prefix)`;
  const answer = await run(python, ["-c", code], { advice: "none" }).catch(() => undefined);
  const [found, prefix] = answer?.stdout.trim().split("\n") ?? [];
  return found === version ? prefix : undefined;
}

/** A Python that is new enough and can make virtual environments; Debian has the latter in a package of its own. */
async function requirePython(progress: Progress): Promise<string> {
  const code = `import sys, ensurepip, venv; sys.exit(sys.version_info < (3, ${pythonMinorMin}))`;
  for (const attempt of ["as it is", "with Debian's package"]) {
    const python = await findOnPath("python3");
    const works =
      python !== undefined &&
      (await run(python, ["-c", code], { advice: "none" }).then(
        () => true,
        () => false,
      ));
    if (works) {
      return python;
    }
    if (attempt === "as it is") {
      await installDebianPackages(["python3-venv"], progress);
    }
  }
  throw new PartFailure(
    `The python3 on PATH is older than 3.${pythonMinorMin}, or has no venv module.`,
    { advice: `put a Python 3.${pythonMinorMin} or later with venv first on PATH.` },
  );
}
