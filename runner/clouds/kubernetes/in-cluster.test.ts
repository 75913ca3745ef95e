import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../../test/support/temporary-folder.ts";
import { readInClusterAccess } from "./in-cluster.ts";

async function identity(): Promise<string> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, "ca.crt"), "-----BEGIN CERTIFICATE-----\n");
  await writeFile(join(folder, "token"), "first\n");
  return folder;
}

test("a token that the kubelet has replaced is used from the next operation on", async () => {
  const identityFolder = await identity();
  const settings = { identityFolder, host: "198.18.0.1", port: "443" };
  expect((await readInClusterAccess(settings)).token?.expose()).toBe("first");
  await writeFile(join(identityFolder, "token"), "second\n");
  expect((await readInClusterAccess(settings)).token?.expose()).toBe("second");
});

test("a runner that is no pod, or has no token, says what it lacks", async () => {
  const identityFolder = await identity();
  await expect(
    readInClusterAccess({ identityFolder, host: undefined, port: undefined }),
  ).rejects.toMatchObject({ code: "cloud.identity_missing" });
  await expect(
    readInClusterAccess({ identityFolder: "/none", host: "198.18.0.1", port: "443" }),
  ).rejects.toThrow("/none/token cannot be read");
});
