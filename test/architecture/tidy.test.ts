import { existsSync } from "node:fs";
import { join } from "node:path";
import { failureCatalog } from "@holdfast/foundation/failure-catalog.ts";
import { expect, test } from "vitest";
import { filesOf, root, shippedFiles } from "./repository.ts";

/** Files that may take the value out of a Secret, each with its reason. */
const mayExpose: Readonly<Record<string, string>> = {};

test("a secret's value is taken out only in files that are listed, each with its reason", () => {
  const exposing = shippedFiles
    .filter(({ text }) => /\.expose\(\)/.test(text))
    .map(({ path }) => path)
    .sort();
  expect(exposing).toEqual(Object.keys(mayExpose).sort());
});

test("no file has a name that says nothing", () => {
  const empty = /(^|\/)(utils?|helpers?|common|misc|types|core|manager)(\.ts|\/)/;
  expect(shippedFiles.filter(({ path }) => empty.test(path)).map(({ path }) => path)).toEqual([]);
});

test("every unit test stands beside the file that it tests", () => {
  const lonely = filesOf(
    /^(foundation|protocol|control-plane|runner|components|cli)\/.*\.test\.ts$/,
  )
    .map(({ path }) => path)
    .filter((path) => !existsSync(join(root, path.replace(/\.test\.ts$/, ".ts"))));
  expect(lonely).toEqual([]);
});

test("every failure code is used, and only codes of the catalog are", () => {
  const texts = shippedFiles
    .filter(({ path }) => path !== "foundation/failure-catalog.ts")
    .map(({ text }) => text)
    .join("\n");
  const unused = Object.keys(failureCatalog).filter((code) => !texts.includes(`"${code}"`));
  expect(unused).toEqual([]);
});

test("every word of ours has one meaning: the words that are not used are replaced", () => {
  const banned: ReadonlyMap<RegExp, string> = new Map([
    [/\btenants?\b/i, "organization"],
    [/\b(white|black)list/i, "allow list or deny list"],
    [/\bmaster branch\b/i, "main branch"],
  ]);
  const found = [...shippedFiles, ...filesOf(/\.(md|proto)$/)].flatMap(({ path, text }) =>
    [...banned]
      .filter(([word]) => word.test(text.replaceAll(/tenant_?id/gi, "")))
      .map(([word, replacement]) => `${path}: ${word.source}: write ${replacement}`),
  );
  expect(found).toEqual([]);
});

test("no unfinished work is marked in the source", () => {
  const marked = shippedFiles.flatMap(({ path, text }) =>
    text
      .split("\n")
      .flatMap((line, index) =>
        /\b(TODO|FIXME|XXX)\b|not (yet )?implemented/i.test(line) ? [`${path}:${index + 1}`] : [],
      ),
  );
  expect(marked).toEqual([]);
});

test("a skipped test gives its reason", () => {
  const silent = filesOf(/\.test\.ts$/).flatMap(({ path, text }) =>
    /\b(test|it|describe)\.(skip|todo|only)\b/.test(text) &&
    path !== "test/architecture/tidy.test.ts"
      ? [path]
      : [],
  );
  expect(silent).toEqual([]);
});
