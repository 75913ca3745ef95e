import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import {
  problemsOf,
  type ReadArguments,
  refusalOf,
  settingsOf,
} from "../../test/support/argument-problems.ts";
import type { KubernetesRunnerArgs } from "./kubernetes-runner-args.ts";
import { readKubernetesSettings } from "./kubernetes-settings.ts";

const credentials = JSON.stringify({
  type: "holdfast_runner_credentials",
  privateKey: "canary-private-key",
});
const good = {
  namespace: "holdfast",
  image: `registry.example/holdfast/runner@sha256:${"0".repeat(64)}`,
  credentials,
};

function problemsWith(args: KubernetesRunnerArgs, name = "prod"): readonly string[] {
  const read: ReadArguments<object> = (check) => readKubernetesSettings(name, args, check);
  expect(String(refusalOf(() => settingsOf(read)))).not.toContain("canary");
  return problemsOf(read);
}

test("a namespace, an image and credentials are enough", () => {
  const settings = settingsOf((check) => readKubernetesSettings("prod", good, check));
  expect(settings).toMatchObject({
    namespace: "holdfast",
    createNamespace: false,
    serviceAccountName: "prod",
    existingSecretName: undefined,
    secretKey: "runner.json",
    kubernetesAccess: undefined,
    temporaryFilesMebibytes: 64,
    rolloutSecondsMax: 300,
    userNamespace: false,
  });
});

test("everything that is wrong is said at once, each with its property and what was given", () => {
  const problems = problemsWith(
    {
      namespace: "Holdfast",
      image: "registry.example/holdfast/runner:latest",
      serviceAccountName: "my_account",
      existingSecretKey: "a/b",
      tags: { "app.kubernetes.io/name": "x" },
      imagePullSecretNames: ["ok", "not ok"],
      priorityClassName: "High",
      temporaryFilesMebibytes: 0,
      rolloutSecondsMax: 29,
      kubernetesAccess: { operations: ["kubernetes.secrets.list"] },
    },
    "Prod",
  );
  const expected = [
    expect.stringMatching(/^name must be up to 40 .*given: "Prod"$/),
    expect.stringMatching(/^rolloutSecondsMax must be a whole number from 30 to 3600; given: 29$/),
    expect.stringMatching(/^image must be pinned by digest/),
    expect.stringMatching(
      /^credentials must be given, or else existingSecretName; given: neither$/,
    ),
    expect.stringMatching(/^tags.app.kubernetes.io\/name must not be set here/),
    expect.stringMatching(/^namespace must be a DNS label.*given: "Holdfast"$/),
    expect.stringMatching(/^serviceAccountName must be a DNS label.*given: "my_account"$/),
    expect.stringMatching(/^existingSecretKey must be left out without existingSecretName/),
    expect.stringMatching(/^existingSecretKey must be the key of a Secret.*given: "a\/b"$/),
    expect.stringMatching(/^kubernetesAccess.operations must be kinds of operations/),
    expect.stringMatching(/^kubernetesAccess.namespaces must be given, or else .*neither$/),
    expect.stringMatching(/^imagePullSecretNames\[1\] must be a DNS subdomain.*given: "not ok"$/),
    expect.stringMatching(/^priorityClassName must be a DNS subdomain.*given: "High"$/),
    expect.stringMatching(/^temporaryFilesMebibytes must be a whole number from 1/),
  ];
  expect(problems).toHaveLength(expected.length);
  expect(problems).toEqual(expect.arrayContaining(expected));
});

test("what decides what is made must be known when the program runs", () => {
  // As a transform of a remote component makes of every argument.
  const unknown = pulumi.output(true) as unknown as boolean;
  expect(
    problemsWith({
      ...good,
      createNamespace: unknown,
      userNamespace: unknown,
      rolloutSecondsMax: unknown as unknown as number,
    }),
  ).toEqual([
    "createNamespace must be known when the program runs, and not be an output",
    "userNamespace must be known when the program runs, and not be an output",
    "rolloutSecondsMax must be known when the program runs, and not be an output",
  ]);
});

test.each([
  [29, 1],
  [30, 0],
  [3_600, 0],
  [3_601, 1],
])("a rollout may take %i seconds, with %i problems", (rolloutSecondsMax, problems) => {
  expect(problemsWith({ ...good, rolloutSecondsMax })).toHaveLength(problems);
});

test("temporary files are a part of the memory, and never all of it", () => {
  expect(problemsWith({ ...good, memoryMebibytes: 128, temporaryFilesMebibytes: 127 })).toEqual([]);
  expect(problemsWith({ ...good, memoryMebibytes: 128, temporaryFilesMebibytes: 128 })).toEqual([
    "temporaryFilesMebibytes must be less than memoryMebibytes, which it is a part of; given: 128 of 128",
  ]);
});

test("credentials come by value or from a Secret that exists, and never from both", () => {
  const { credentials: _, ...reference } = good;
  expect(problemsWith({ ...reference, existingSecretName: "mine" })).toEqual([]);
  expect(problemsWith({ ...good, existingSecretName: "mine" })).toEqual([
    "credentials must be given, or else existingSecretName; given: both",
  ]);
});
