import { expect, test } from "vitest";
import { problemsOf } from "../../test/support/argument-problems.ts";
import { GkeIdentityMode } from "./gke-identity-mode.ts";
import type { GkeRunnerArgs } from "./gke-runner-args.ts";
import { readGkeSettings } from "./gke-settings.ts";

const given: GkeRunnerArgs = {
  image: `registry.example/holdfast/runner@sha256:${"0".repeat(64)}`,
  namespace: "runners",
  project: "acme-clusters",
  projectNumber: "123456789012",
  credentials: JSON.stringify({ type: "holdfast_runner_credentials", privateKey: "canary" }),
};

/** What is wrong, as `PATH REASON`. */
function problems(changes: Partial<GkeRunnerArgs>, name = "production"): readonly string[] {
  return problemsOf((check) => readGkeSettings(name, { ...given, ...changes }, check));
}

test("all problems are told at once, the common ones included", () => {
  const wrong = problems({
    project: "A",
    projectNumber: "acme-clusters",
    namespace: "Runners",
    replicas: 0,
  });
  expect(wrong.map((problem) => problem.split(" ")[0])).toEqual([
    "replicas",
    "namespace",
    "project",
    "projectNumber",
  ]);
});

test("the mode direct takes the project's number, and no service account of Google Cloud", () => {
  expect(problems({})).toEqual([]);
  expect(
    problems({
      projectNumber: undefined,
      googleServiceAccountEmail: "a@b.iam.gserviceaccount.com",
    }),
  ).toEqual([
    "projectNumber must be given with the mode direct",
    "googleServiceAccountEmail must be left out with the mode direct",
  ]);
});

test("the mode impersonation takes neither", () => {
  const identityMode = GkeIdentityMode.Impersonation;
  expect(problems({ identityMode, projectNumber: undefined })).toEqual([]);
  const googleServiceAccountEmail = "runner@acme-clusters.iam.gserviceaccount.com";
  expect(problems({ identityMode, googleServiceAccountEmail })).toEqual([]);
  expect(problems({ identityMode, googleServiceAccountEmail: "me@example.com" })).toHaveLength(1);
});

test("a service account of Google Cloud takes a name that begins with a letter, which a Kubernetes one need not", () => {
  expect(problems({}, "1st")).toEqual([]);
  expect(problems({ identityMode: GkeIdentityMode.Impersonation }, "1st")).toHaveLength(1);
});
