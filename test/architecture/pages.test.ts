import { posix } from "node:path";
import { expect, test } from "vitest";
import { filesOf, type SourceFile } from "./repository.ts";

const files = filesOf(
  /\.(?:md|ts|mjs|json|svg|proto|yaml)$|^(?:LICENSE|Dockerfile|Pulumi\.yaml|\.ci\/run)$/,
);
const paths = new Set(files.map(({ path }) => path));

/** Whether something of this path is in the repository: a file, or a folder with files. */
function isThere(path: string): boolean {
  return paths.has(path) || [...paths].some((file) => file.startsWith(`${path}/`));
}

/** What a page links to within the repository, as paths from the root. */
function linksOf({ path, text }: SourceFile): readonly string[] {
  return [...text.matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => posix.join(posix.dirname(path), target).replace(/\/$/, ""));
}

/** The pages of the documentation that a file names by their path from the root. */
function pagesNamedIn({ text }: SourceFile): readonly string[] {
  return [...text.matchAll(/\bdocs\/[\w/-]+\.(?:md|json)\b/g)].map(([page]) => page);
}

function missing(all: readonly SourceFile[], namedIn: (file: SourceFile) => readonly string[]) {
  return all.flatMap((file) =>
    namedIn(file)
      .filter((path) => !isThere(path))
      .map((path) => `${file.path} names ${path}`),
  );
}

test("every link of a page leads to something that is there", () => {
  const pages = files.filter(({ path }) => path.endsWith(".md"));
  expect(pages.flatMap(linksOf).length).toBeGreaterThan(100);
  expect(missing(pages, linksOf)).toEqual([]);
});

test("every page that code, help or a message names is there", () => {
  const others = files.filter(({ path }) => !path.startsWith("test/architecture/"));
  expect(others.flatMap(pagesNamedIn).length).toBeGreaterThan(30);
  expect(missing(others, pagesNamedIn)).toEqual([]);
});

test("a link and a name that lead nowhere are found", () => {
  const page = {
    path: "docs/page.md",
    text: "[a](gone.md) [b](../README.md#x) [c](https://x.example) [d](targets/)",
  };
  expect(missing([page], linksOf)).toEqual(["docs/page.md names docs/gone.md"]);
  const code = { path: "cli/x.ts", text: '"see docs/cli.md and docs/reference/gone.md."' };
  expect(missing([code], pagesNamedIn)).toEqual(["cli/x.ts names docs/reference/gone.md"]);
});
