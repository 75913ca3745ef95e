import { lstat, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "@holdfast/foundation/failure.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { temporaryFolder } from "../../../test/support/temporary-folder.ts";
import type { ResolvedValue } from "../operation.ts";
import { makePrivateFolder, type PrivateFolder } from "./private-folder.ts";
import { findProject, provideModules, writeConfiguration } from "./project.ts";

async function folderWith(files: Readonly<Record<string, string>>): Promise<PrivateFolder> {
  const folder = await makePrivateFolder(await temporaryFolder(), "op_1");
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder.source, name, ".."), { recursive: true });
    await writeFile(join(folder.source, name), text);
  }
  return folder;
}

async function refusalOf(files: Readonly<Record<string, string>>, inside = ""): Promise<string> {
  try {
    await findProject(await folderWith(files), inside);
  } catch (error) {
    return error instanceof Failure ? `${error.code}: ${error.message}` : String(error);
  }
  return "found";
}

const literal = (text: string): ResolvedValue => ({ value: new Secret(text), isSecret: false });

test("a program is found in the folder of the source that the request names", async () => {
  const folder = await folderWith({ "apps/web/Pulumi.yaml": "name: web\nruntime: {name: nodejs}" });
  expect(await findProject(folder, "apps/web")).toEqual({
    folder: join(folder.source, "apps/web"),
    name: "web",
    runtime: "nodejs",
    stackConfigFolder: join(folder.source, "apps/web"),
  });
});

test("a source without a program, or with one that is none, says so", async () => {
  expect(await refusalOf({})).toContain("no Pulumi.yaml in its root");
  expect(await refusalOf({ "Pulumi.yaml": "name: x" }, "a")).toContain("no Pulumi.yaml in a");
  for (const text of ["", "name: x", "runtime: yaml", "name: ["]) {
    expect(await refusalOf({ "Pulumi.yaml": text })).toContain("without name or runtime");
  }
  const outside = "name: x\nruntime: yaml\nstackConfigDir: ../../..\n";
  expect(await refusalOf({ "Pulumi.yaml": outside })).toContain("leads outside");
});

test("values of the request go over those that the program brings, and secrets go into no file", async () => {
  const folder = await folderWith({
    "Pulumi.yaml": "name: web\nruntime: yaml\nstackConfigDir: config\n",
    "config/Pulumi.dev.yaml":
      "encryptionsalt: v1:x\nconfig:\n  web:kept: one\n  web:changed: old\n",
  });
  const project = await findProject(folder, "");
  const path = await writeConfiguration(
    project,
    "acme/web/dev",
    folder,
    new Map<string, ResolvedValue>([
      ["changed", literal("new: with\nlines")],
      ["aws:region", literal("eu")],
      ["hidden", { value: new Secret("canary"), isSecret: true }],
    ]),
  );
  const text = await readFile(path, "utf8");
  expect(text).not.toContain("canary");
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(parse(text)).toEqual({
    encryptionsalt: "v1:x",
    config: { "web:kept": "one", "web:changed": "new: with\nlines", "aws:region": "eu" },
  });
});

test("a Node program without modules of its own gets those of the image; others are left alone", async () => {
  const isLinked = async (files: Readonly<Record<string, string>>): Promise<boolean> => {
    const folder = await folderWith(files);
    const project = await findProject(folder, "");
    await provideModules(project, "/opt/modules");
    return await lstat(join(folder.source, "node_modules")).then(
      (status) => status.isSymbolicLink(),
      () => false,
    );
  };
  const node = { "Pulumi.yaml": "name: web\nruntime: nodejs\n" };
  expect(await isLinked(node)).toBe(true);
  expect(await isLinked({ ...node, "node_modules/x/index.js": "" })).toBe(false);
  expect(await isLinked({ "Pulumi.yaml": "name: web\nruntime: yaml\n" })).toBe(false);
});
