import { expect, test } from "vitest";
import { filesOf } from "./repository.ts";

/** One sentence of the list in docs/security-model.md. */
interface Sentence {
  readonly text: string;
  /** Why no test bears it; undefined where one must. */
  readonly notBorne: string | undefined;
}

/** `- sentence`, then indented lines about it; one of them may begin with `Not borne:`. */
function sentencesIn(page: string): readonly Sentence[] {
  return [...page.matchAll(/^- (.+)\n((?: {2}.*\n?)*)/gm)].map(([, text = "", about = ""]) => ({
    text,
    notBorne: /^ {2}Not borne: ([\s\S]*)$/m.exec(about)?.[1]?.trim(),
  }));
}

/** Titles of tests, as they are written: a text in double quotes, first argument of a call of `test`. */
function titlesIn(source: string): readonly string[] {
  return [...source.matchAll(/\btest(?:\.\w+\([^)]*\))?\(\s*("(?:[^"\\\n]|\\.)*")/g)].map(
    ([, literal = '""']) => String(JSON.parse(literal)),
  );
}

const [page] = filesOf(/^docs\/security-model\.md$/);
const sentences = sentencesIn(page?.text ?? "");
const titles = new Set(filesOf(/\.test\.ts$/).flatMap(({ text }) => titlesIn(text)));

test("every sentence of the security model has a test with its name", () => {
  expect(sentences.length).toBeGreaterThanOrEqual(19);
  const unproved = sentences
    .filter(({ text, notBorne }) => notBorne === undefined && !titles.has(text))
    .map(({ text }) => text);
  expect(unproved).toEqual([]);
});

test("a sentence that no test bears says why, and has none", () => {
  const notBorne = sentences.filter((sentence) => sentence.notBorne !== undefined);
  for (const { text, notBorne: reason } of notBorne) {
    expect(reason?.split(/\s+/).length, text).toBeGreaterThan(5);
    expect(titles.has(text), text).toBe(false);
  }
});

test("sentences and titles are found as they are written, and a missing one is noticed", () => {
  const text = "- One. `code`\n  `home.ts`.\n- Two.\n  Not borne: because nothing\n  is there.\n";
  expect(sentencesIn(text)).toEqual([
    { text: "One. `code`", notBorne: undefined },
    { text: "Two.", notBorne: "because nothing\n  is there." },
  ]);
  expect(titlesIn('test("A \\"b\\".", () => {});\ntest.each(rows)("c", f); expect("d")')).toEqual([
    'A "b".',
    "c",
  ]);
  expect(titles.has("a sentence that no test has")).toBe(false);
});
