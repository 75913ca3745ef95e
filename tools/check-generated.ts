/** Fails if the generated code of the protocol is not what the schema makes now. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");

/** Texts of all files under `folder`, by path. */
function read(folder: string): ReadonlyMap<string, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) =>
    path.endsWith(".ts"),
  );
  return new Map(paths.map((path) => [path, readFileSync(join(folder, path), "utf8")]));
}

const folder = mkdtempSync(join(tmpdir(), "holdfast-generated-"));
try {
  execFileSync(join(root, "node_modules/.bin/buf"), ["generate", "--output", folder], {
    cwd: root,
    stdio: "inherit",
  });
  const fresh = read(join(folder, "protocol/generated"));
  const present = read(join(root, "protocol/generated"));
  const differing = [...new Set([...fresh.keys(), ...present.keys()])].filter(
    (path) => fresh.get(path) !== present.get(path),
  );
  for (const path of differing) {
    console.log(`protocol/generated/${path} is not up to date: run \`npm run generate\``);
  }
  process.exitCode = differing.length === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
