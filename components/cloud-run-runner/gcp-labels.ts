import type * as pulumi from "@pulumi/pulumi";
import type { ArgumentCheck, Rule } from "../runner-workload/argument-check.ts";
import { patternRule } from "../runner-workload/argument-rules.ts";

const keyRule = patternRule(
  /^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u,
  "the key of a label: up to 63 lower-case letters, digits, _ and -, a letter first",
);

const valueRule: Rule<string> = patternRule(
  /^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u,
  "the value of a label: up to 63 lower-case letters, digits, _ and -",
);

/** The tags as labels of Google Cloud (Resource Manager documentation, "Requirements for labels"), checked. */
export function readGcpLabels(
  tags: Readonly<Record<string, pulumi.Input<string>>> | undefined,
  check: ArgumentCheck,
): Readonly<Record<string, pulumi.Input<string>>> {
  const entries = Object.entries(tags ?? {});
  if (entries.length > 64) {
    check.report("tags", `must be at most 64, as labels are; given: ${entries.length}`);
  }
  return Object.fromEntries(
    entries.map(([key, value]) => {
      check.checkPlain(`tags.${key}`, key, keyRule);
      return [key, check.check(`tags.${key}`, value, valueRule)];
    }),
  );
}
