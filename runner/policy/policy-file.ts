import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Failure } from "@holdfast/foundation/failure.ts";
import type { PolicySource } from "../settings.ts";
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
 * Reads the policy from where the settings say, or takes the default.
 *
 * @throws {Failure} `policy.invalid`, naming all problems with their lines.
 */
export async function loadPolicy(source: PolicySource): Promise<Policy> {
  if (source.kind === "default") {
    return defaultPolicy;
  }
  const [text, place] =
    source.kind === "file"
      ? [await readPolicyFile(source.path), `The policy file ${source.path}`]
      : [source.text, "The policy in HOLDFAST_POLICY"];
  const { parsePolicy } = await import("./parse-policy.ts");
  return parsePolicy(text, place);
}

async function readPolicyFile(path: string): Promise<string> {
  return await readFile(path, "utf8").catch((cause: unknown) => {
    throw new Failure("policy.invalid", `The policy file ${path} cannot be read.`, { cause });
  });
}
