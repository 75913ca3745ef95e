import { chmod, copyFile, mkdir, realpath, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { PartFailure } from "../parts/part-failure.ts";
import { run } from "../parts/run.ts";
import { bundle } from "./bundle.ts";

/** Who a runner is inside of its image: nobody that the host knows. */
const imageUser = 65_532;

/** The first line leads the kernel to Node; there is no shell that could. */
const launcher = `#!/usr/bin/node --disable-sigusr1
import("/opt/holdfast/runner/main.js");
`;

/**
 * Lays out the files of the image `runner`: Node with the libraries that it needs, the bundled runner, and
 * the few files of a system without which names are not resolved.
 *
 * @throws {PartFailure} on a system whose Node is not linked against glibc.
 */
export async function stageRunner(folder: string): Promise<void> {
  await mkdir(join(folder, "tmp"), { recursive: true });
  await chmod(join(folder, "tmp"), 0o1777);
  await Promise.all([
    stageNode(folder),
    bundle("runner/main.ts", join(folder, "opt", "holdfast", "runner")),
    stageFile(folder, "usr/bin/holdfast-runner", launcher, 0o755),
    stageFile(folder, "etc/passwd", `runner:x:${imageUser}:${imageUser}:runner:/tmp:/none\n`),
    stageFile(folder, "etc/group", `runner:x:${imageUser}:\n`),
    stageFile(folder, "etc/nsswitch.conf", "hosts: files dns\n"),
  ]);
}

/** Writes one file of an image. */
export async function stageFile(
  folder: string,
  path: string,
  text: string,
  mode = 0o644,
): Promise<void> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  await chmod(file, mode);
}

/** Copies one file into an image, with a mode of its own. */
export async function stageCopy(
  folder: string,
  path: string,
  source: string,
  mode: number,
): Promise<void> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await copyFile(source, file);
  await chmod(file, mode);
}

async function stageNode(folder: string): Promise<void> {
  await stageCopy(folder, "usr/bin/node", process.execPath, 0o755);
  for (const library of await librariesOf(process.execPath)) {
    await stageCopy(folder, library, await realpath(library), 0o755);
  }
}

/** Paths of the shared libraries of a program, its loader among them. */
export async function librariesOf(program: string): Promise<readonly string[]> {
  const advice = "build images on a Linux with glibc.";
  const { stdout } = await run("ldd", [program], { advice });
  const paths = [...stdout.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(([, path = ""]) => path);
  if (!paths.some((path) => path.includes("libc.so.6"))) {
    throw new PartFailure(`${program} is not linked against glibc.`, { advice });
  }
  return paths;
}
