import type * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { problemsOf } from "../../test/support/argument-problems.ts";
import type { Rule } from "../runner-workload/argument-check.ts";
import {
  checkLabels,
  componentNameRule,
  dnsLabelRule,
  dnsSubdomainRule,
  secretKeyRule,
} from "./kubernetes-argument-rules.ts";

const a = (count: number): string => "a".repeat(count);

test.each<[string, Rule<string>, readonly string[], readonly string[]]>([
  ["a DNS label", dnsLabelRule, ["a", "1a", "a-b", a(63)], ["", "A", "-a", "a-", "a.b", a(64)]],
  [
    "a DNS subdomain",
    dnsSubdomainRule,
    ["a", "a.b-c.1", `${a(63)}.b`, a(253)],
    ["", "a..b", ".a", "a_b", "a.", a(254)],
  ],
  ["the name of a component", componentNameRule, ["prod", a(40)], ["Prod", "a.b", a(41), ""]],
  ["the key of a Secret", secretKeyRule, ["runner.json", "A_-.b"], ["", ".", "..", "a/b", a(254)]],
])("%s is what Kubernetes takes, up to its longest and no further", (_, rule, good, bad) => {
  expect(good.map(rule)).toEqual(good.map(() => undefined));
  expect(bad.map(rule)).toEqual(bad.map((): unknown => expect.stringMatching(/^must be /)));
});

function problems(tags: Readonly<Record<string, pulumi.Input<string>>>): readonly string[] {
  return problemsOf((check) => checkLabels(tags, check));
}

test("tags are labels: keys and values are what Kubernetes takes", () => {
  expect(
    problems({ team: "a", "example.com/cost-center": "C_1.2", empty: "", [a(63)]: a(63) }),
  ).toEqual([]);
  expect(problems({ "my team": "a", "/x": "a", [a(64)]: "a", value: "-a", long: a(64) })).toEqual([
    expect.stringMatching(/^tags.my team must be the key of a label/),
    expect.stringMatching(/^tags.\/x must be the key of a label/),
    expect.stringMatching(/^tags.a{64} must be the key of a label/),
    expect.stringMatching(/^tags.value must be the value of a label.*given: "-a"$/),
    expect.stringMatching(/^tags.long must be the value of a label/),
  ]);
});

test("labels that tell pods apart, or set a namespace's level, cannot be set by tags", () => {
  expect(
    problems({
      "app.kubernetes.io/instance": "other",
      "pod-security.kubernetes.io/enforce": "privileged",
    }),
  ).toEqual([
    expect.stringMatching(/^tags.app.kubernetes.io\/instance must not be set here/),
    expect.stringMatching(/^tags.pod-security.kubernetes.io\/enforce must not be set here/),
  ]);
});
