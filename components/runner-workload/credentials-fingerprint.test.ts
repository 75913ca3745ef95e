import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { credentialsFingerprint } from "./credentials-fingerprint.ts";

test("it is 16 digits of the SHA-256, and no secret even where the credentials are one", async () => {
  const fingerprint = credentialsFingerprint(pulumi.secret("abc"));
  expect(await pulumi.isSecret(fingerprint)).toBe(false);
  // FIPS 180-4, example for "abc".
  const value = await new Promise((resolve) => {
    fingerprint.apply(resolve);
  });
  expect(value).toBe("ba7816bf8f01cfea");
});
