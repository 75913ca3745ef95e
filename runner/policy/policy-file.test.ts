import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import { parsePolicy } from "./parse-policy.ts";
import { defaultPolicyText, loadPolicy } from "./policy-file.ts";

test("the default policy is what its text says", async () => {
  expect(await loadPolicy(undefined)).toEqual(parsePolicy(defaultPolicyText, "(default)"));
});

test("the hash of a policy is that of its file", async () => {
  const path = join(await temporaryFolder(), "policy.yaml");
  await writeFile(path, defaultPolicyText);
  expect((await loadPolicy(path)).sha256).toBe((await loadPolicy(undefined)).sha256);
  await writeFile(path, `${defaultPolicyText}# changed\n`);
  expect((await loadPolicy(path)).sha256).not.toBe((await loadPolicy(undefined)).sha256);
});

test("a policy file that cannot be read stops the runner instead of leaving it without a policy", async () => {
  await expect(loadPolicy("/does/not/exist")).rejects.toMatchObject({ code: "policy.invalid" });
});
