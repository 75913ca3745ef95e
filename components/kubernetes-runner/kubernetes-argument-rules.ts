import type * as pulumi from "@pulumi/pulumi";
import type { ArgumentCheck, Rule } from "../runner-workload/argument-check.ts";
import { patternRule } from "../runner-workload/argument-rules.ts";

const label = "[a-z0-9](?:[-a-z0-9]*[a-z0-9])?";

/** A DNS label (RFC 1123, section 2.1): 1 to 63 characters. */
export const dnsLabelRule: Rule<string> = patternRule(
  new RegExp(`^(?=.{1,63}$)${label}$`),
  "a DNS label: up to 63 lower-case letters, digits and hyphens, a letter or digit at both ends",
);

/** A DNS subdomain, as names of most objects are: labels with dots between them, 1 to 253 characters. */
export const dnsSubdomainRule: Rule<string> = patternRule(
  new RegExp(`^(?=.{1,253}$)${label}(?:\\.${label})*$`),
  "a DNS subdomain: up to 253 lower-case letters, digits, hyphens and dots, a letter or digit at both ends",
);

/** The name of a component whose children are named after it: what Kubernetes appends must still fit. */
export const componentNameRule: Rule<string> = patternRule(
  new RegExp(`^(?=.{1,40}$)${label}$`),
  "up to 40 lower-case letters, digits and hyphens, a letter or digit at both ends, because objects are named after it",
);

/** A key of a Secret's data (Kubernetes API, `Secret.data`). */
export const secretKeyRule: Rule<string> = patternRule(
  /^(?!\.{1,2}$)[-._a-zA-Z0-9]{1,253}$/,
  "the key of a Secret: up to 253 letters, digits, and the characters - _ .",
);

const qualified =
  /^(?:[a-z0-9](?:[-.a-z0-9]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?$/;
const reserved = /^(?:app\.kubernetes\.io|pod-security\.kubernetes\.io|kubernetes\.io)\//;

/** Labels of the user's, checked; problems go to `check`. They are called tags, as on every target. */
export function checkLabels(
  tags: Readonly<Record<string, pulumi.Input<string>>> | undefined,
  check: ArgumentCheck,
): Readonly<Record<string, pulumi.Input<string>>> {
  return Object.fromEntries(
    Object.entries(tags ?? {}).map(([key, value]) => {
      check.checkPlain(`tags.${key}`, key, labelKeyRule);
      return [key, check.check(`tags.${key}`, value, labelValueRule)];
    }),
  );
}

/** The key of a label that the user may set (Kubernetes documentation, "Labels and Selectors", "Syntax"). */
const labelKeyRule: Rule<string> = (key) => {
  if (!qualified.test(key)) {
    return "must be the key of a label: up to 63 letters, digits and the characters - _ . with a letter or digit at both ends, after a prefix and a slash if there is one";
  }
  return reserved.test(key)
    ? "must not be set here: the component sets labels of this prefix"
    : undefined;
};

/** The value of a label. */
const labelValueRule: Rule<string> = patternRule(
  /^(?:[A-Za-z0-9](?:[-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?)?$/,
  "the value of a label: up to 63 letters, digits and the characters - _ . with a letter or digit at both ends",
);
