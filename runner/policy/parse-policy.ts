import { createHash } from "node:crypto";
import { Failure, type FieldProblem } from "@holdfast/foundation/failure.ts";
import { parseDocument } from "yaml";
import { z } from "zod";
import { plainOf } from "../yaml/read-yaml.ts";

/** `*` stands for any run of characters, also across dots; everything else stands for itself. */
const glob = z
  .string()
  .regex(/^[A-Za-z0-9._*-]{1,128}$/, "must be letters, digits, `.`, `_`, `-` and `*`");

const globs = z.array(glob).min(1, "must name at least one").max(100, "must name at most 100");

const ruleSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/, "must be a name such as `no-destroy`")
    .describe("Name of the rule; a refusal repeats it."),
  decision: z.enum(["allow", "deny"], "must be `allow` or `deny`").describe("What the rule says."),
  operations: globs.describe("Kinds that it is about, such as `kubernetes.*`."),
  connections: globs
    .optional()
    .describe("Names of connections. Left out: any, and operations without a connection."),
  callers: globs.optional().describe("Names of callers' service accounts. Left out: any."),
  effects: z
    .array(z.enum(["read", "write"], "must be `read` or `write`"))
    .min(1, "must name at least one")
    .optional()
    .describe("What operations may do to the world. Left out: both."),
});

const schema = z
  .strictObject({
    version: z.literal(1, "must be 1").describe("Version of this format."),
    rules: z.array(ruleSchema).max(500, "must be at most 500").describe("The rules, in any order."),
  })
  .superRefine((policy, context) => {
    const seen = new Set<string>();
    for (const [index, { name }] of policy.rules.entries()) {
      if (seen.has(name)) {
        context.addIssue({
          code: "custom",
          path: ["rules", index, "name"],
          message: "must be the name of one rule only",
        });
      }
      seen.add(name);
    }
  });

/** One rule of a policy. */
export type PolicyRule = z.output<typeof ruleSchema>;

/** What the customer lets the runner do. */
export interface Policy {
  readonly rules: readonly PolicyRule[];
  /** SHA-256 of the policy's text in lower-case hexadecimal. */
  readonly sha256: string;
}

/**
 * Reads a policy from its text.
 *
 * @param place what the failure calls it, such as `The policy file /etc/holdfast/policy.yaml`.
 * @throws {Failure} `policy.invalid`.
 */
export function parsePolicy(text: string, place: string): Policy {
  const document = parseDocument(text, { uniqueKeys: true, strict: true, version: "1.2" });
  const [broken] = document.errors;
  if (broken !== undefined) {
    throw invalid(place, [{ field: lineOf(text, broken.pos[0]), problem: "is not YAML" }]);
  }
  const read = schema.safeParse(plainOf(document));
  if (!read.success) {
    throw invalid(
      place,
      read.error.issues.map((issue) => ({
        field: fieldOf(issue.path, lineOfPath(text, document, issue.path)),
        problem:
          issue.code === "unrecognized_keys"
            ? `has unknown fields: ${issue.keys.join(", ")}`
            : issue.message,
      })),
    );
  }
  return { rules: read.data.rules, sha256: createHash("sha256").update(text).digest("hex") };
}

function invalid(place: string, fields: readonly FieldProblem[]): Failure {
  return new Failure("policy.invalid", `${place} is wrong.`, { fields });
}

function fieldOf(path: readonly PropertyKey[], line: string): string {
  return path.length === 0 ? line : `${path.join(".")} (${line})`;
}

/** The line of the innermost node of `path` that is there. */
function lineOfPath(
  text: string,
  document: ReturnType<typeof parseDocument>,
  path: readonly PropertyKey[],
): string {
  for (let length = path.length; length > 0; length -= 1) {
    const node: unknown = document.getIn(path.slice(0, length), true);
    if (typeof node === "object" && node !== null && "range" in node && Array.isArray(node.range)) {
      const range: readonly unknown[] = node.range;
      return lineOf(text, Number(range[0]));
    }
  }
  return "line 1";
}

function lineOf(text: string, offset: number): string {
  return `line ${text.slice(0, offset).split("\n").length}`;
}
