/**
 * `npm start`: brings the Pulumi CLI and the language host, and goes on as `holdfast dev` with them.
 */
import { dirname } from "node:path";
import { PartFailure } from "./parts/part-failure.ts";
import { progressToStandardError } from "./parts/progress.ts";
import { providePulumiCli } from "./parts/pulumi-cli.ts";
import { providePulumiNodejs } from "./parts/pulumi-nodejs.ts";

try {
  const { root } = await providePulumiCli(progressToStandardError);
  const { binary } = await providePulumiNodejs(progressToStandardError);
  const parts = ["--pulumi-root", root, "--pulumi-hosts", dirname(binary), "--stop-with-parent"];
  process.argv.splice(2, process.argv.length, "dev", ...parts, ...process.argv.slice(2));
  await import("../cli/main.ts");
} catch (error) {
  if (!(error instanceof PartFailure)) {
    throw error;
  }
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
