import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { partsFolder } from "./environment.ts";
import { withLock } from "./lock.ts";
import { PartFailure } from "./part-failure.ts";
import type { Progress } from "./progress.ts";
import { findOnPath, run } from "./run.ts";

/** One program that the Go tool chain makes from modules. */
export interface GoProgram {
  /** Folder under tools/parts/modules: its go.mod names the versions, its go.sum their checksums. */
  readonly module: string;
  /** Import path of the program's main package, or `.` for the module's own. */
  readonly mainPackage: string;
  /** Absolute path of the program. */
  readonly output: string;
  /** Values for string variables, by their full name: how a program learns its version. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Adds what has to lie in the module's folder. It gets a copy of that folder, and nothing else. */
  readonly prepare?: (moduleFolder: string) => Promise<void>;
}

const modulesFolder = join(import.meta.dirname, "modules");
const advice =
  "read the lines above. If a module could not be fetched, check the network and GOPROXY, and run this again: " +
  "what was already fetched and built is kept.";

/**
 * Builds programs, one after the other, without cgo: they run on any Linux of this architecture, and from an empty
 * image too.
 *
 * guarantee: at most one build at a time on a machine, at low priority: two would take each other's memory.
 *
 * @throws {PartFailure} if there is no Go, or a build fails.
 */
export async function buildGoPrograms(
  programs: readonly GoProgram[],
  progress: Progress,
): Promise<void> {
  await requireGo();
  await withLock(join(partsFolder(), "go-build.lock"), progress, async () => {
    for (const program of programs) {
      await buildInCopy(program);
    }
  });
}

/** The folder of a module's sources, fetched if need be. */
export async function findGoModule(moduleFolder: string, path: string): Promise<string> {
  const query = { folder: moduleFolder, advice };
  await run("go", ["mod", "download", path], query);
  return (await run("go", ["list", "-m", "-f", "{{.Dir}}", path], query)).stdout.trim();
}

/** In a copy, so that neither the Go tool nor a `prepare` ever changes a file of the repository. */
async function buildInCopy(program: GoProgram): Promise<void> {
  // One name for all: who is in here holds the lock, and removes what an interrupted build left.
  const folder = join(partsFolder(), "go-build");
  await rm(folder, { recursive: true, force: true });
  try {
    await cp(join(modulesFolder, program.module), folder, { recursive: true });
    await program.prepare?.(folder);
    const variables = Object.entries(program.variables ?? {});
    const linkerFlags = ["-s", "-w", ...variables.map(([name, value]) => `-X ${name}=${value}`)];
    const goArguments = [
      "build",
      "-mod=readonly",
      "-buildvcs=false",
      "-trimpath",
      `-ldflags=${linkerFlags.join(" ")}`,
      `-o=${program.output}`,
      program.mainPackage,
    ];
    await run("nice", ["-n", "10", "go", ...goArguments], {
      folder,
      environment: { CGO_ENABLED: "0", GOWORK: "off" },
      advice,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function requireGo(): Promise<void> {
  if ((await findOnPath("go")) === undefined) {
    throw new PartFailure("There is no Go here to build with.", {
      advice: "install Go 1.26 or later from https://go.dev/dl, and run this again.",
    });
  }
}
