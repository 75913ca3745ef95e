/**
 * `npm run check`: everything that a machine can check without running the product. Runs side by side
 * and prints only what failed. `--only name` runs one of them.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const bin = join(root, "node_modules/.bin");

/** Folders with our own source. */
const folders =
  "foundation protocol control-plane runner components stacks cli test tools bench".split(" ");

/** Each check: its name, and the command with its arguments. */
const checks: Readonly<Record<string, readonly string[]>> = {
  "format and lint": ["biome", "check", "."],
  "promises and types at run time": ["oxlint", "--type-aware", "--deny-warnings", ...folders],
  types: ["node", "node_modules/typescript-7/bin/tsc", "-p", "."],
  boundaries: ["depcruise", "--config", ".dependency-cruiser.cjs", ...folders],
  "dead code": ["knip"],
  "protocol lint": ["buf", "lint"],
  "protocol format": ["buf", "format", "--diff", "--exit-code"],
  "protocol compatibility": ["buf", "breaking", "--against", "protocol/baseline.binpb"],
  "generated code": ["node", "tools/check-generated.ts"],
  "generated pages": ["node", "tools/generate.ts", "--check"],
  duplicates: ["jscpd", "--config", ".jscpd.json", ...folders],
};

interface Outcome {
  readonly name: string;
  readonly passed: boolean;
  readonly seconds: number;
  readonly output: string;
}

async function run(name: string, command: readonly string[]): Promise<Outcome> {
  const [program = "", ...args] = command;
  const startedAt = performance.now();
  const child = spawn(join(bin, program), args, {
    cwd: root,
    env: { ...process.env, PATH: `${bin}:${process.env["PATH"] ?? ""}`, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const { promise, resolve } = Promise.withResolvers<boolean>();
  child.on("error", (error) => {
    output += String(error);
    resolve(false);
  });
  child.on("close", (code) => resolve(code === 0));
  const passed = await promise;
  return { name, passed, seconds: (performance.now() - startedAt) / 1_000, output };
}

const only = process.argv.indexOf("--only");
const wanted = Object.entries(checks).filter(
  ([name]) => only < 0 || name === process.argv[only + 1],
);
const outcomes = await Promise.all(
  wanted.map(async ([name, command]) => {
    const outcome = await run(name, command);
    console.log(
      `${outcome.passed ? "ok    " : "FAILED"} ${name} (${outcome.seconds.toFixed(1)} s)`,
    );
    return outcome;
  }),
);
const failed = outcomes.filter(({ passed }) => !passed);
for (const { name, output } of failed) {
  console.log(`\n--- ${name} ---\n${output.trim()}`);
}
console.log(`\n${outcomes.length - failed.length} of ${outcomes.length} checks passed`);
process.exitCode = failed.length === 0 ? 0 : 1;
