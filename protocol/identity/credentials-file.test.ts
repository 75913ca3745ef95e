import { inspect } from "node:util";
import { Failure } from "@holdfast/foundation/failure.ts";
import { expect, test } from "vitest";
import {
  type CredentialsDocument,
  formatCredentialsFile,
  parseCredentialsFile,
} from "./credentials-file.ts";

const document: CredentialsDocument = {
  type: "holdfast_runner_credentials",
  version: 1,
  organization: { id: "org_0123456789ABCDEFGHIJKL", name: "acme" },
  runner: { id: "run_0123456789ABCDEFGHIJKL", name: "prod" },
  generation: 2,
  endpoints: { tunnel: "localhost:8443", api: "localhost:8444" },
  certificateAuthority: "-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----\n",
  certificate: "-----BEGIN CERTIFICATE-----\nB\n-----END CERTIFICATE-----\n",
  privateKey: "-----BEGIN PRIVATE KEY-----\ncanary-key\n-----END PRIVATE KEY-----\n",
  apiKey: "hf_canary",
  expiresAt: "2026-12-01T00:00:00Z",
};

function failureOf(text: string): Failure {
  try {
    parseCredentialsFile(text);
  } catch (error) {
    if (error instanceof Failure) {
      return error;
    }
  }
  throw new Error("it was accepted");
}

test("a credentials file is read as it was written", () => {
  const read = parseCredentialsFile(formatCredentialsFile(document));
  expect(read.privateKey.expose()).toBe(document.privateKey);
  expect(read.apiKey.expose()).toBe(document.apiKey);
  expect(read.runner).toEqual(document.runner);
});

test("the secrets of a credentials file that was read cannot be printed", () => {
  const read = parseCredentialsFile(formatCredentialsFile(document));
  expect(JSON.stringify(read) + inspect(read, { depth: 9 })).not.toContain("canary");
});

test("everything that is wrong is named at once, and no value is repeated", () => {
  const failure = failureOf(
    JSON.stringify({
      ...document,
      version: 7,
      apiKey: "canary",
      certificate: "canary",
      extra: "canary",
    }),
  );
  expect(failure.code).toBe("credentials.invalid");
  expect(failure.fields.map(({ field }) => field).sort()).toEqual([
    "(file)",
    "apiKey",
    "certificate",
    "version",
  ]);
  expect(inspect(failure, { depth: 9 })).not.toContain("canary");
});

test("text that is not JSON is refused without being quoted", () => {
  expect(inspect(failureOf("canary {"))).not.toContain("canary {");
});

test("a file whose private key has yet to be filled in is refused", () => {
  expect(failureOf(formatCredentialsFile({ ...document, privateKey: "" })).fields[0]?.field).toBe(
    "privateKey",
  );
});
