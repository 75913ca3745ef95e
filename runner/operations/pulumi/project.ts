import { readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { Failure } from "@holdfast/foundation/failure.ts";
import { stringify } from "yaml";
import { z } from "zod";
import { readYaml } from "../../yaml/read-yaml.ts";
import type { ResolvedValue } from "../operation.ts";
import type { PrivateFolder } from "./private-folder.ts";

const projectSchema = z.looseObject({
  name: z.string().min(1),
  runtime: z.union([z.string(), z.looseObject({ name: z.string() })]),
  stackConfigDir: z.string().optional(),
});

/** `Pulumi.<stack>.yaml`; one that is not of this form counts as empty, as no file does. */
const configurationSchema = z
  .looseObject({ config: z.record(z.string(), z.unknown()).default({}) })
  .catch({ config: {} });

/** A Pulumi program in the folder of its operation. */
export interface Project {
  readonly folder: string;
  readonly name: string;
  readonly runtime: string;
  /** Where the program keeps the configuration of its stacks. */
  readonly stackConfigFolder: string;
}

/**
 * Finds the program in the source.
 *
 * @throws {Failure} `pulumi.source_invalid` if there is none, or if it is not a project of Pulumi.
 */
export async function findProject(folder: PrivateFolder, inside: string): Promise<Project> {
  const place = join(folder.source, inside);
  const text = await readFile(join(place, "Pulumi.yaml"), "utf8").catch((cause: unknown) => {
    throw invalid(`has no Pulumi.yaml in ${inside === "" ? "its root" : inside}`, cause);
  });
  const read = projectSchema.safeParse(readYaml(text));
  if (!read.success) {
    throw invalid("has a Pulumi.yaml without name or runtime", read.error);
  }
  const { name, runtime, stackConfigDir = "." } = read.data;
  const stackConfigFolder = join(place, stackConfigDir);
  if (relative(folder.source, stackConfigFolder).split(sep).includes("..")) {
    throw invalid("has a Pulumi.yaml whose stackConfigDir leads outside");
  }
  return {
    folder: place,
    name,
    runtime: typeof runtime === "string" ? runtime : runtime.name,
    stackConfigFolder,
  };
}

/**
 * Gives a Node program the modules of the runner's image, if it brings none of its own.
 */
export async function provideModules(project: Project, modules: string | undefined): Promise<void> {
  if (modules === undefined || project.runtime !== "nodejs") {
    return;
  }
  const own = join(project.folder, "node_modules");
  const hasOwn = await stat(own).then(
    () => true,
    () => false,
  );
  if (!hasOwn) {
    await symlink(modules, own);
  }
}

/**
 * Writes the configuration of the stack: what the program brings, with the values of the request over
 * it. Secret ones are left to the CLI, which encrypts them.
 *
 * @returns the path of the file.
 */
export async function writeConfiguration(
  project: Project,
  stack: string,
  folder: PrivateFolder,
  values: ReadonlyMap<string, ResolvedValue>,
): Promise<string> {
  const shortName = stack.split("/").at(-1) ?? stack;
  const own = join(project.stackConfigFolder, `Pulumi.${shortName}.yaml`);
  const text = await readFile(own, "utf8").catch(() => "{}");
  const document = configurationSchema.parse(readYaml(text));
  const plain = [...values]
    .filter(([, { isSecret }]) => !isSecret)
    .map(([key, { value }]): [string, string] => [fullKey(key, project), value.expose()]);
  const path = join(folder.own, `Pulumi.${shortName}.yaml`);
  const config = { ...document.config, ...Object.fromEntries(plain) };
  await writeFile(path, stringify({ ...document, config }), { mode: 0o600 });
  return path;
}

/** A key without a namespace is in the project's own. */
function fullKey(key: string, project: Project): string {
  return key.includes(":") ? key : `${project.name}:${key}`;
}

function invalid(problem: string, cause?: unknown): Failure {
  return new Failure(
    "pulumi.source_invalid",
    `The source ${problem}.`,
    cause === undefined ? {} : { cause },
  );
}
