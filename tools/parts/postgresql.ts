import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { installDebianPackages } from "./debian.ts";
import type { Progress } from "./part.ts";
import { PartFailure } from "./part-failure.ts";
import { type PostgresqlServer, startServer } from "./postgresql-server.ts";
import { findOnPath, isExecutable, run } from "./run.ts";

/** The oldest PostgreSQL that the product supports. */
const postgresqlMajorMin = 15;

const debianFolder = "/usr/lib/postgresql";
const debianPackage = "postgresql-15";
const programs = ["initdb", "pg_ctl", "postgres", "pg_isready"];

/**
 * Brings PostgreSQL: a server of version 15 or later that is installed already, else Debian's package.
 *
 * shape: `bin` is a folder with initdb, pg_ctl, postgres and pg_isready; `version` is as `15.10`.
 *
 * @throws {PartFailure} saying what to install, if it is missing and we may not install it.
 */
export async function providePostgresql(
  progress: Progress,
): Promise<{ readonly version: string; readonly bin: string }> {
  const found = await findInstalled();
  if (found !== undefined) {
    return found;
  }
  await installDebianPackages([debianPackage], progress);
  const installed = await findInstalled();
  if (installed === undefined) {
    throw new PartFailure(`${debianPackage} is installed, but has no server that works.`, {
      advice: `run "${debianFolder}/15/bin/postgres --version" and read what it says.`,
    });
  }
  return installed;
}

/**
 * Starts a PostgreSQL server of its own, to be thrown away, on loopback.
 *
 * shape: `url` is a superuser's connection string with a password made for this server, for the database `postgres`.
 *
 * guarantee: `stop` leaves neither process nor file; it may be called twice. The server does not outlive this process.
 * Nothing is written through to the disk (`fsync` is off), so data do not survive a crash of the machine.
 *
 * @throws {PartFailure} if PostgreSQL cannot be brought or does not start.
 */
export async function startPostgresql(options: {
  readonly progress: Progress;
}): Promise<PostgresqlServer> {
  return await startServer((await providePostgresql(options.progress)).bin, options.progress);
}

/** Distributions keep the server's programs out of `PATH`, in a folder for each version. */
async function findInstalled(): Promise<
  { readonly version: string; readonly bin: string } | undefined
> {
  const versions = await readdir(debianFolder).catch(() => []);
  const newestFirst = versions.sort((left, right) => Number(right) - Number(left));
  const folders = newestFirst.map((version) => join(debianFolder, version, "bin"));
  const onPath = await findOnPath("initdb");
  for (const bin of onPath === undefined ? folders : [...folders, dirname(onPath)]) {
    const version = await readVersion(bin);
    if (version !== undefined && Number.parseInt(version, 10) >= postgresqlMajorMin) {
      return { version, bin };
    }
  }
  return undefined;
}

async function readVersion(bin: string): Promise<string | undefined> {
  const there = await Promise.all(programs.map((name) => isExecutable(join(bin, name))));
  if (there.includes(false)) {
    return undefined;
  }
  const printed = await run(join(bin, "postgres"), ["--version"], {
    advice: "reinstall PostgreSQL.",
  });
  return /\b\d+\.\d+\b/.exec(printed.stdout)?.[0];
}
