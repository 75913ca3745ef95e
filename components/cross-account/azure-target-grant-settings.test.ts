import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { problemsOf } from "../../test/support/argument-problems.ts";
import type { AzureTargetGrantArgs } from "./azure-target-grant-args.ts";
import { readAzureGrant } from "./azure-target-grant-settings.ts";

const guid = "44444444-4444-4444-4444-444444444444";
const scope = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/production";
const read = "Microsoft.Compute/virtualMachines/read";

function problems(args: Partial<AzureTargetGrantArgs>): readonly string[] {
  return problemsOf((check) => readAzureGrant({ scope, ...args }, check));
}

test("there is one principal and one role", () => {
  expect(problems({ principalId: guid, roleGuid: guid })).toEqual([]);
  expect(problems({ applicationClientId: guid, actions: [read] })).toEqual([]);
  expect(problems({ principalId: guid, dataActions: [read] })).toEqual([]);
  expect(problems({})).toEqual([
    "principalId must be given, or else applicationClientId; given: neither",
    "roleGuid must be given, or else actions or dataActions; given: neither",
  ]);
  expect(
    problems({ principalId: guid, applicationClientId: guid, roleGuid: guid, actions: [read] }),
  ).toEqual([
    "principalId must be given, or else applicationClientId; given: both",
    "roleGuid must be given, or else actions or dataActions; given: both",
  ]);
  expect(problems({ principalId: guid, actions: [], roleGuid: guid, roleName: "x" })).toEqual([
    "roleName must be left out without actions and dataActions",
  ]);
});

test("an action has no wildcard unless the user says so", () => {
  const at = (action: string, unsafeWildcardActions = false) =>
    problems({ principalId: guid, actions: [action], unsafeWildcardActions });
  expect(at(read)).toEqual([]);
  for (const action of ["*", "Microsoft.Compute/*", "Microsoft.Compute/*/read"]) {
    expect(at(action)).toEqual([
      `actions[0] must not have a *, or unsafeWildcardActions must be true; given: "${action}"`,
    ]);
    expect(at(action, true)).toEqual([]);
  }
  for (const action of ["", "read", "Microsoft.Compute/", "a b/c"]) {
    expect(at(action, true)).toEqual([expect.stringMatching(/^actions\[0\] must be an action/)]);
  }
});

test("a custom role at a management group has no data actions", () => {
  const at = "/providers/Microsoft.Management/managementGroups/production";
  expect(problems({ scope: at, principalId: guid, actions: [read] })).toEqual([]);
  expect(problems({ scope: at, principalId: guid, dataActions: [read] })).toEqual([
    `dataActions must be left out at a management group, where Azure takes no custom role with any; given: ${at}`,
  ]);
});

test("what is an output is not judged before it is known", () => {
  const later = { scope: pulumi.output(scope), principalId: pulumi.output(guid) };
  expect(problems({ ...later, roleGuid: pulumi.output(guid) })).toEqual([]);
});
