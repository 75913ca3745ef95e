import { execFileSync, spawnSync } from "node:child_process";
import { createPrivateKey, createPublicKey } from "node:crypto";
import { inspect } from "node:util";
import { expect, test } from "vitest";
import { makeCertificateRequest } from "./certificate-request.ts";

test("openssl accepts a request: its form, its name and its signature", () => {
  const { requestPem } = makeCertificateRequest({ commonName: "runner prod" });
  const output = execFileSync("openssl", ["req", "-verify", "-noout", "-subject"], {
    input: requestPem,
    encoding: "utf8",
    stdio: ["pipe", "pipe", "pipe"],
  });
  expect(output).toMatch(/CN ?= ?runner prod/);
});

test("openssl refuses a request that was changed", () => {
  const { requestPem } = makeCertificateRequest({ commonName: "runner prod" });
  const der = Buffer.from(requestPem.replace(/-----.*-----|\n/g, ""), "base64");
  // One bit of the signature's last byte.
  der.writeUInt8(der.readUInt8(der.length - 1) ^ 1, der.length - 1);
  const changed = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString("base64")}\n-----END CERTIFICATE REQUEST-----\n`;
  const verified = spawnSync("openssl", ["req", "-verify", "-noout"], {
    input: changed,
    encoding: "utf8",
  });
  expect(verified.stdout + verified.stderr).not.toContain("verify OK");
});

test("the request is for the key that comes with it, and the key cannot be printed", () => {
  const made = makeCertificateRequest({ commonName: "a" });
  const key = createPublicKey(createPrivateKey(made.privateKeyPem.expose())).export({
    format: "pem",
    type: "spki",
  });
  const ofRequest = execFileSync("openssl", ["req", "-pubkey", "-noout"], {
    input: made.requestPem,
    encoding: "utf8",
  });
  expect(ofRequest.trim()).toBe(key.toString().trim());
  expect(inspect(made)).not.toContain("BEGIN PRIVATE KEY");
});
