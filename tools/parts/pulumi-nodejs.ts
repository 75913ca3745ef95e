import { realpath } from "node:fs/promises";
import { join } from "node:path";
import type { Progress } from "./part.ts";
import { providePulumiCli } from "./pulumi-cli.ts";
import { findOnPath, isExecutable } from "./run.ts";

const program = "pulumi-language-nodejs";
const standIn = join(import.meta.dirname, "..", "language-host", program);

/**
 * Brings the language host that runs Node programs: the official one if it is on `PATH` or came with the Pulumi CLI,
 * else our stand-in, which runs programs, plugins and policy packs and generates no code.
 *
 * shape: `binary` is an absolute path. The CLI finds it when its folder is on `PATH`.
 *
 * @throws {PartFailure} if the Pulumi CLI cannot be brought.
 */
export async function providePulumiNodejs(
  progress: Progress,
): Promise<{ readonly binary: string; readonly official: boolean }> {
  const onPath = await findOnPath(program);
  if (onPath !== undefined && (await realpath(onPath)) !== (await realpath(standIn))) {
    return { binary: onPath, official: true };
  }
  const besideCli = join((await providePulumiCli(progress)).root, "bin", program);
  return (await isExecutable(besideCli))
    ? { binary: besideCli, official: true }
    : { binary: standIn, official: false };
}
