import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import { parsePolicy } from "./parse-policy.ts";
import { defaultPolicyText, loadPolicy } from "./policy-file.ts";

test("the default policy is what its text says", async () => {
  expect(await loadPolicy({ kind: "default" })).toEqual(
    parsePolicy(defaultPolicyText, "(default)"),
  );
});

test("the hash of a policy is that of its file", async () => {
  const path = join(await temporaryFolder(), "policy.yaml");
  await writeFile(path, defaultPolicyText);
  expect((await loadPolicy({ kind: "file", path })).sha256).toBe(
    (await loadPolicy({ kind: "default" })).sha256,
  );
  await writeFile(path, `${defaultPolicyText}# changed\n`);
  expect((await loadPolicy({ kind: "file", path })).sha256).not.toBe(
    (await loadPolicy({ kind: "default" })).sha256,
  );
});

test("a policy file that cannot be read stops the runner instead of leaving it without a policy", async () => {
  await expect(loadPolicy({ kind: "file", path: "/does/not/exist" })).rejects.toMatchObject({
    code: "policy.invalid",
  });
});

test("a policy in a variable is read as one in a file, and named by the variable", async () => {
  const text = `${defaultPolicyText}# changed\n`;
  const path = join(await temporaryFolder(), "policy.yaml");
  await writeFile(path, text);
  expect(await loadPolicy({ kind: "environment", text })).toEqual(
    await loadPolicy({ kind: "file", path }),
  );
  await expect(
    loadPolicy({ kind: "environment", text: "version: 1\nrules: [{name: a}]" }),
  ).rejects.toMatchObject({
    code: "policy.invalid",
    message: "The policy in HOLDFAST_POLICY is wrong.",
    fields: [{ field: "rules.0.decision (line 2)" }, { field: "rules.0.operations (line 2)" }],
  });
});
