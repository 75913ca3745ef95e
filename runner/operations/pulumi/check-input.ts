import type { FieldProblem } from "@holdfast/foundation/failure.ts";
import type { Reference } from "@holdfast/protocol/generated/holdfast/v1/failure_pb.ts";
import type {
  PulumiCancelInput,
  PulumiGitSource,
  PulumiSource,
  PulumiStackInput,
} from "@holdfast/protocol/generated/holdfast/v1/operations_pulumi_pb.ts";
import { variableProblem } from "./child-environment.ts";
import { archiveBytesMax } from "./source-archive.ts";

/** Bounds of the lists and maps of an input. */
const entriesMax = 200;
const targetsMax = 200;

/** A stack's name, with its organization and project in front where the backend has them. */
const stackName = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}(?:\/[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}){0,2}$/;
const projectName = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/;

/** All that is wrong with the input of an operation on a stack. */
export function stackInputProblems(input: PulumiStackInput): readonly FieldProblem[] {
  return [
    ...problem("stack", !stackName.test(input.stack), "must be the name of a stack"),
    ...sourceProblems(input.source),
    ...mapProblems("configuration", input.configuration, configurationProblem),
    ...mapProblems("environment", input.environment, variableProblem),
    ...problem("targets", input.targets.length > targetsMax, `must be at most ${targetsMax}`),
    ...problem(
      "targets",
      input.targets.some((target) => !/^urn:pulumi:[\x21-\x7e]{1,1000}$/.test(target)),
      "must be URNs of Pulumi resources",
    ),
    ...problem(
      "message",
      input.message.length > 1_000 || /\p{Cc}/u.test(input.message),
      "must be one line of at most 1000 characters",
    ),
  ];
}

/** All that is wrong with the input of `pulumi.cancel`. */
export function cancelInputProblems(input: PulumiCancelInput): readonly FieldProblem[] {
  return [
    ...problem("project", !projectName.test(input.project), "must be the name of a project"),
    ...problem("stack", !projectName.test(input.stack), "must be the name of a stack"),
  ];
}

function sourceProblems(source: PulumiSource | undefined): readonly FieldProblem[] {
  const folder = source?.folder ?? "";
  return [
    ...kindProblems(source?.source),
    ...problem(
      "source.folder",
      folder.startsWith("/") || folder.split("/").includes("..") || folder.includes("\0"),
      "must be a relative path inside the source",
    ),
  ];
}

function kindProblems(source: PulumiSource["source"] | undefined): readonly FieldProblem[] {
  if (source?.case === "git") {
    return gitProblems(source.value);
  }
  if (source?.case === "archive") {
    return problem(
      "source.archive",
      source.value.byteLength === 0 || source.value.byteLength > archiveBytesMax,
      `must have 1 to ${archiveBytesMax} bytes`,
    );
  }
  return [{ field: "source", problem: "must be an archive or a Git repository" }];
}

function gitProblems({
  url,
  commit,
  username,
  password,
}: PulumiGitSource): readonly FieldProblem[] {
  return [
    ...problem("source.git.url", !isGitUrl(url), "must be an https, ssh or file address"),
    ...problem(
      "source.git.commit",
      !/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(commit),
      "must be a full hash in lower-case hexadecimal digits",
    ),
    ...problem("source.git.username", /[:\p{Cc}]/u.test(username), "must not have a colon"),
    ...problem(
      "source.git.password",
      password !== undefined && password.source.case !== "secret",
      "must be a reference to a secret",
    ),
    ...problem(
      "source.git.password",
      password !== undefined && !url.startsWith("https:"),
      "is for https only",
    ),
  ];
}

/** Credentials in an address would end up in argument lists and logs. */
function isGitUrl(text: string): boolean {
  if (text.length > 2_000 || !URL.canParse(text)) {
    return false;
  }
  const { protocol, password, username } = new URL(text);
  const mayHaveUser = protocol === "ssh:";
  return (
    ["https:", "ssh:", "file:"].includes(protocol) &&
    password === "" &&
    (username === "" || mayHaveUser)
  );
}

function configurationProblem(key: string): string | undefined {
  return /^(?:[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}:)?[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/.test(key)
    ? undefined
    : "is not a key of a configuration, such as `aws:region`";
}

function mapProblems(
  field: string,
  map: Readonly<Record<string, Reference>>,
  nameProblem: (name: string) => string | undefined,
): readonly FieldProblem[] {
  const names = Object.keys(map);
  return [
    ...problem(field, names.length > entriesMax, `must have at most ${entriesMax} entries`),
    ...names.flatMap((name) => {
      const wrongName = nameProblem(name);
      const place = `${field}[${JSON.stringify(name.slice(0, 100))}]`;
      return [
        ...(wrongName === undefined ? [] : [{ field: place, problem: wrongName }]),
        ...problem(
          place,
          map[name]?.source.case === undefined,
          "must be a secret, a variable or a literal",
        ),
      ];
    }),
  ];
}

function problem(field: string, isWrong: boolean, text: string): readonly FieldProblem[] {
  return isWrong ? [{ field, problem: text }] : [];
}
