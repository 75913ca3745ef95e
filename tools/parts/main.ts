import { parseArgs } from "node:util";
import { provideContainerTools } from "./containers.ts";
import { provideKubernetes } from "./kubernetes.ts";
import { provideMoto } from "./moto.ts";
import type { Progress } from "./part.ts";
import { describeError } from "./part-failure.ts";
import { providePostgresql } from "./postgresql.ts";
import { progressToStandardError } from "./progress.ts";
import { providePulumiCli } from "./pulumi-cli.ts";
import { providePulumiKubernetes } from "./pulumi-kubernetes.ts";
import { providePulumiNodejs } from "./pulumi-nodejs.ts";
import { providePulumiYaml } from "./pulumi-yaml.ts";

// Brings the real parts that development and tests need, all or those that are named:
// `node tools/parts/main.ts [part...] [--json]`.

interface Brought {
  readonly version: string;
  readonly path: string;
}

const parts: Readonly<Record<string, (progress: Progress) => Promise<Brought>>> = {
  "pulumi-cli": async (progress) => {
    const { version, root } = await providePulumiCli(progress);
    return { version, path: root };
  },
  "pulumi-nodejs": async (progress) => {
    const { binary, official } = await providePulumiNodejs(progress);
    return { version: official ? "official" : "stand-in", path: binary };
  },
  "pulumi-yaml": async (progress) => {
    const { version, binary } = await providePulumiYaml(progress);
    return { version, path: binary };
  },
  "pulumi-kubernetes": async (progress) => {
    const { version, binary } = await providePulumiKubernetes(progress);
    return { version, path: binary };
  },
  moto: async (progress) => {
    const { version, python } = await provideMoto(progress);
    return { version, path: python };
  },
  postgresql: async (progress) => {
    const { version, bin } = await providePostgresql(progress);
    return { version, path: bin };
  },
  containers: async (progress) => {
    await provideContainerTools(progress);
    return { version: "the distribution's", path: "PATH" };
  },
  kubernetes: async (progress) => {
    const { version, bin } = await provideKubernetes(progress);
    return { version, path: bin };
  },
};

/** Brings one part after the other; a part that fails does not keep the others from being brought. */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { json: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  const names = positionals.length === 0 ? Object.keys(parts) : positionals;
  const unknown = names.filter((name) => parts[name] === undefined);
  if (unknown.length > 0) {
    process.stderr.write(
      `No such part: ${unknown.join(", ")}. There are: ${Object.keys(parts).join(", ")}.\n`,
    );
    return 2;
  }
  const brought: (Brought & { readonly part: string })[] = [];
  let failures = 0;
  for (const name of names) {
    try {
      const part = await parts[name]?.(progressToStandardError);
      brought.push({ part: name, version: part?.version ?? "", path: part?.path ?? "" });
    } catch (error) {
      failures += 1;
      process.stderr.write(`${name}: ${describeError(error)}\n`);
    }
  }
  process.stdout.write(values.json ? `${JSON.stringify(brought, null, 2)}\n` : toTable(brought));
  return failures === 0 ? 0 : 1;
}

function toTable(rows: readonly (Brought & { readonly part: string })[]): string {
  const lines = rows.map((row) => `${row.part.padEnd(18)} ${row.version.padEnd(18)} ${row.path}\n`);
  return lines.join("");
}

process.exitCode = await main();
