/**
 * `npm run verify:aws -- --profile NAME --region REGION --account ID ...`: proves on a real account what no
 * stand-in can (docs/targets/ecs.md). It asks before it makes anything, and destroys what it made. Never part of
 * the tests.
 */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { environmentWith } from "../parts/environment.ts";
import { PartFailure } from "../parts/part-failure.ts";
import { runPlan, type VerifyWorld } from "./run-plan.ts";
import { readVerifyArguments, verifyUsage } from "./verify-arguments.ts";
import { describePlan, type VerifyStep, verifyPlan } from "./verify-plan.ts";

const root = join(import.meta.dirname, "../..");

async function verifyAws(argv: readonly string[]): Promise<void> {
  const given = readVerifyArguments(argv, process.cwd());
  if (process.stdin.isTTY !== true) {
    throw new PartFailure("Nothing was done: there is nobody to ask.", {
      advice: "run it in a terminal; it makes things that cost money, and never without a yes.",
    });
  }
  const id = randomBytes(4).toString("hex");
  const folder = join(root, ".holdfast/verify-aws", id);
  const plan = verifyPlan(given, { root, folder, id });
  console.log(describePlan(given, plan, folder));
  await mkdir(join(folder, "state"), { recursive: true, mode: 0o700 });
  const passphrase = randomBytes(32).toString("base64url");
  await writeFile(join(folder, "passphrase"), passphrase, { mode: 0o600, flag: "wx" });
  await runPlan(plan, terminalWorld(), given);
  await rm(folder, { recursive: true });
}

function terminalWorld(): VerifyWorld {
  return {
    run,
    ask: async (question) => {
      const terminal = createInterface({ input: process.stdin, output: process.stdout });
      try {
        return (await terminal.question(question)).trim();
      } finally {
        terminal.close();
      }
    },
    say: (line) => {
      console.log(line);
    },
  };
}

/** Ctrl-C goes to the command, which ends in order; the plan then destroys what there is. */
async function run(
  { command: [program, ...args] }: VerifyStep,
  environment: Readonly<Record<string, string>>,
): Promise<string> {
  const unset = Object.keys(environment).filter((name) => environment[name] === "");
  const variables = environmentWith(environment);
  for (const name of unset) {
    delete variables[name];
  }
  const child = spawn(program, args, {
    cwd: root,
    env: variables,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    process.stdout.write(text);
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  child.once("error", reject);
  child.once("close", (code, signal) => {
    if (code === 0) {
      resolve();
    } else {
      reject(new Error(`${program} ${args[0] ?? ""} ended with ${code ?? signal}`));
    }
  });
  await promise;
  return output;
}

const argv = process.argv.slice(2);
if (argv.includes("--help") || argv.length === 0) {
  console.log(verifyUsage);
} else {
  // The commands get it too, and this one stays to clean up.
  process.on("SIGINT", () => {
    console.error("\nStopping in order; what was made is destroyed next.");
  });
  try {
    await verifyAws(argv);
  } catch (error) {
    if (!(error instanceof PartFailure)) {
      throw error;
    }
    console.error(`\n${error.message}`);
    process.exitCode = 1;
  }
}
