import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  PulumiCancelInputSchema,
  PulumiStackInputSchema,
} from "@holdfast/protocol/generated/holdfast/v1/operations_pulumi_pb.ts";
import { expect, test } from "vitest";
import { cancelInputProblems, stackInputProblems } from "./check-input.ts";

type StackInput = MessageInitShape<typeof PulumiStackInputSchema>;

const good: StackInput = {
  stack: "dev",
  source: { source: { case: "archive", value: new Uint8Array(10) }, folder: "program" },
  configuration: { "aws:region": { source: { case: "literal", value: "eu" } } },
  environment: { AWS_REGION: { source: { case: "variable", value: "region" } } },
};

const commit = "0123456789abcdef0123456789abcdef01234567";

function problems(changes: StackInput): readonly string[] {
  const input = create(PulumiStackInputSchema, { ...good, ...changes } as StackInput);
  return stackInputProblems(input).map(({ field }) => field);
}

function gitProblems(git: object): readonly string[] {
  const value = { url: "https://host/repository", commit, ...git };
  return problems({ source: { source: { case: "git", value } } } as StackInput);
}

test("a whole input has no problems", () => {
  expect(problems({})).toEqual([]);
  expect(gitProblems({})).toEqual([]);
  expect(problems({ stack: "acme/demo/dev" })).toEqual([]);
});

test("all problems of an input are named at once", () => {
  expect(
    problems({
      stack: "--yes",
      source: { source: { case: "archive", value: new Uint8Array() }, folder: "../up" },
      configuration: { "--path": {} },
      environment: { PATH: { source: { case: "literal", value: "x" } } },
      targets: ["--exclude"],
      message: "two\nlines",
    }),
  ).toEqual([
    "stack",
    "source.archive",
    "source.folder",
    'configuration["--path"]',
    'configuration["--path"]',
    'environment["PATH"]',
    "targets",
    "message",
  ]);
});

test.each(["LD_PRELOAD", "PULUMI_HOME", "NODE_OPTIONS", "HOLDFAST_X", "A-B", "PULUMI_BACKEND_URL"])(
  "a request cannot set %s, which would change what the runner itself decides",
  (name) => {
    const environment = { [name]: { source: { case: "literal" as const, value: "x" } } };
    expect(problems({ environment })).toEqual([`environment["${name}"]`]);
  },
);

test.each([
  [{ url: "http://host/repository" }, "source.git.url"],
  [{ url: "ext::sh -c id" }, "source.git.url"],
  [{ url: "--upload-pack=id" }, "source.git.url"],
  [{ url: "https://user:canary@host/repository" }, "source.git.url"],
  [{ commit: "main" }, "source.git.commit"],
  [{ commit: commit.slice(1) }, "source.git.commit"],
  [{ password: { source: { case: "literal", value: "canary" } } }, "source.git.password"],
  [{ username: "a:b" }, "source.git.username"],
])("a Git source cannot be %j", (git, field) => {
  expect(gitProblems(git)).toEqual([field]);
});

test("an input without a source, and a cancel without names, say so", () => {
  expect(stackInputProblems(create(PulumiStackInputSchema, { stack: "dev" }))).toEqual([
    { field: "source", problem: "must be an archive or a Git repository" },
  ]);
  const cancel = create(PulumiCancelInputSchema, { project: "a/b", stack: "" });
  expect(cancelInputProblems(cancel).map(({ field }) => field)).toEqual(["project", "stack"]);
});
