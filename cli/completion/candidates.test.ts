import { expect, test } from "vitest";
import { topLevelCommands } from "../commands.ts";
import { globalOptions } from "../global-options.ts";
import { groups } from "../groups.ts";
import { completionFor } from "./candidates.ts";

const grammar = { groups, commands: topLevelCommands, globalOptions };

async function wordsFor(...words: readonly string[]): Promise<readonly string[]> {
  const completion = await completionFor(words, grammar);
  return completion.kind === "words" ? completion.candidates.map(({ word }) => word) : [];
}

test("the first word is a command or a noun", async () => {
  const words = await wordsFor("");
  expect(words).toContain("dev");
  expect(words).toContain("runner");
});

test("a noun is followed by its commands, also behind a global option", async () => {
  expect(await wordsFor("runner", "")).toContain("generate-credentials");
  expect(await wordsFor("--context", "prod", "runner", "")).toContain("create");
});

test("a dash offers the options of the command and those of all", async () => {
  const words = await wordsFor("runner", "regenerate-credentials", "prod", "--");
  expect(words).toContain("--overlap");
  expect(words).toContain("--json");
});

test("an option with few values offers them", async () => {
  expect(await wordsFor("connection", "create", "x", "--mode", "")).toContain("runner-delegated");
  expect(await wordsFor("completion", "")).toEqual(["bash", "zsh", "fish"]);
});

test.each([
  [["runner", "get", ""], { kind: "names", source: "runner" }],
  [["operation", "run", ""], { kind: "names", source: "operation-kind" }],
  [["operation", "run", "pulumi.up", "--connection", ""], { kind: "names", source: "connection" }],
  [["runner", "start", "--credentials-file", ""], { kind: "files" }],
  [["audit", "verify", ""], { kind: "files" }],
])("%j offers %j", async (words, expected) => {
  expect(await completionFor(words, grammar)).toEqual(expected);
});

test("nothing is offered where nothing can stand", async () => {
  expect(await wordsFor("runner", "get", "prod", "")).toEqual([]);
  expect(await wordsFor("nonsense", "")).toEqual([]);
});
