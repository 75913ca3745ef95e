import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Failure } from "@holdfast/foundation/failure.ts";
import type { Policy } from "./parse-policy.ts";

/**
 * What holds where there is no policy file: the runner tells of itself and reads clusters, and does
 * nothing else. `pulumi.preview` is not among it: it changes nothing in a cloud, but runs a program
 * that the caller has written.
 */
export const defaultPolicyText = `version: 1
rules:
  - name: default-reads
    decision: allow
    operations: ["runner.*", "kubernetes.*"]
    effects: [read]
`;

/** {@link defaultPolicyText} as it is read; a runner without a policy file need not load a YAML parser. */
const defaultPolicy: Policy = {
  rules: [
    {
      name: "default-reads",
      decision: "allow",
      operations: ["runner.*", "kubernetes.*"],
      effects: ["read"],
    },
  ],
  sha256: createHash("sha256").update(defaultPolicyText).digest("hex"),
};

/**
 * Reads the policy file, or takes the default where there is none.
 *
 * @throws {Failure} `policy.invalid`, naming all problems with their lines.
 */
export async function loadPolicy(path: string | undefined): Promise<Policy> {
  if (path === undefined) {
    return defaultPolicy;
  }
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new Failure("policy.invalid", `The policy file ${path} cannot be read.`, { cause });
  });
  const { parsePolicy } = await import("./parse-policy.ts");
  return parsePolicy(text, path);
}
