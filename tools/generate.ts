/**
 * Makes every generated file anew: `npm run generate`. With `--check` it changes nothing and fails if
 * a file would change.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { generateSchema } from "holdfast/generate-schema.ts";
import { commandsPage } from "./generate/commands-page.ts";
import { controlPlaneSettingsPage } from "./generate/control-plane-settings-page.ts";
import { credentialsFileSchemaJson } from "./generate/credentials-file-schema.ts";
import { failuresPage } from "./generate/failures-page.ts";
import { methodsPage } from "./generate/methods-page.ts";
import { operationsPage } from "./generate/operations-page.ts";
import { runnerExitCodesPage } from "./generate/runner-exit-codes-page.ts";
import { runnerSettingsPage } from "./generate/runner-settings-page.ts";

const root = join(import.meta.dirname, "..");

/** Generated files, by path from the root, and what makes their text. */
const pages: Readonly<Record<string, () => string | Promise<string>>> = {
  "docs/reference/commands.md": commandsPage,
  "docs/reference/control-plane-settings.md": controlPlaneSettingsPage,
  "docs/reference/failures.md": failuresPage,
  "docs/reference/methods.md": methodsPage,
  "docs/reference/operations.md": operationsPage,
  "docs/reference/runner-settings.md": runnerSettingsPage,
  "docs/reference/runner-exit-codes.md": runnerExitCodesPage,
  "docs/reference/credentials-file.schema.json": credentialsFileSchemaJson,
  "components/schema.json": generateSchema,
};

/** Runs a program of the development dependencies. */
function run(program: string, ...args: readonly string[]): void {
  execFileSync(join(root, "node_modules/.bin", program), args, {
    cwd: root,
    stdio: "inherit",
    env: {
      ...process.env,
      PATH: `${join(root, "node_modules/.bin")}:${process.env["PATH"] ?? ""}`,
    },
  });
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      return undefined;
    }
    throw error;
  }
}

async function main(isCheck: boolean): Promise<readonly string[]> {
  const changed: string[] = [];
  if (!isCheck) {
    run("buf", "generate");
  }
  for (const [path, make] of Object.entries(pages)) {
    const text = await make();
    const file = join(root, path);
    if (readIfThere(file) !== text) {
      changed.push(path);
      if (!isCheck) {
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, text);
      }
    }
  }
  return changed;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const isCheck = process.argv.includes("--check");
  const changed = await main(isCheck);
  for (const path of changed) {
    console.log(isCheck ? `${path} is not up to date: run \`npm run generate\`` : `wrote ${path}`);
  }
  process.exitCode = isCheck && changed.length > 0 ? 1 : 0;
}
