import { Failure } from "@holdfast/foundation/failure.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import { SystemClock } from "@holdfast/foundation/system/system-clock.ts";
import { beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { makeTestAuthority } from "../../../test/support/test-authority.ts";
import { parseKubeconfig } from "./kubeconfig.ts";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

let ca = "";
let certificate = "";
let key = "";
beforeAll(async () => {
  const authority = await makeTestAuthority(new SystemClock());
  const made = await authority.issueServer(["localhost"]);
  ca = authority.serverTrustPem;
  certificate = made.certificatePem;
  key = made.privateKeyPem.expose();
});

interface Changes {
  readonly cluster?: object;
  readonly user?: object;
  readonly config?: object;
}

function kubeconfig({ cluster = {}, user = {}, config = {} }: Changes = {}): Secret<string> {
  return new Secret(
    stringify({
      apiVersion: "v1",
      kind: "Config",
      clusters: [
        {
          name: "one",
          cluster: {
            server: "https://cluster.invalid:6443/base/",
            "certificate-authority-data": base64(ca),
            ...cluster,
          },
        },
      ],
      users: [{ name: "me", user: { token: "canary-token", ...user } }],
      contexts: [{ name: "here", context: { cluster: "one", user: "me", namespace: "team" } }],
      "current-context": "here",
      ...config,
    }),
  );
}

function failureOf(document: Secret<string>): Failure {
  try {
    parseKubeconfig(document);
  } catch (error) {
    if (error instanceof Failure) {
      expect(error.code).toBe("cloud.credentials_invalid");
      expect(JSON.stringify([error.message, error.fields])).not.toContain("canary");
      return error;
    }
    throw error;
  }
  throw new Error("it was accepted");
}

function fieldsOf(changes: Changes): readonly string[] {
  return failureOf(kubeconfig(changes)).fields.map(({ field }) => field);
}

test("a kubeconfig that says everything by itself is taken", () => {
  const access = parseKubeconfig(kubeconfig({ cluster: { "tls-server-name": "api" } }));
  expect(access).toMatchObject({
    host: "cluster.invalid",
    port: 6443,
    basePath: "/base",
    serverName: "api",
    ca,
    isInline: true,
    certificate: undefined,
  });
  expect(access.token?.expose()).toBe("canary-token");
});

test("a client certificate with its key is taken in place of a token, in JSON too", () => {
  const user = {
    token: undefined,
    "client-certificate-data": base64(certificate),
    "client-key-data": base64(key),
  };
  const text = JSON.stringify(JSON.parse(JSON.stringify({ text: kubeconfig({ user }).expose() })));
  const access = parseKubeconfig(new Secret((JSON.parse(text) as { text: string }).text));
  expect(access.certificate?.pem).toBe(certificate);
});

test.each([
  [{ user: { exec: { command: "canary" } } }, "users.0.user.exec"],
  [{ user: { "auth-provider": { name: "canary" } } }, "users.0.user.auth-provider"],
  [{ user: { tokenFile: "/canary" } }, "users.0.user.tokenFile"],
  [{ user: { "client-certificate": "/canary" } }, "users.0.user.client-certificate"],
  [{ user: { "client-key": "/canary" } }, "users.0.user.client-key"],
  [{ user: { username: "canary", password: "canary" } }, "users.0.user.username"],
  [{ user: { as: "canary" } }, "users.0.user.as"],
  [{ cluster: { "certificate-authority": "/canary" } }, "clusters.0.cluster.certificate-authority"],
  [
    { cluster: { "insecure-skip-tls-verify": true } },
    "clusters.0.cluster.insecure-skip-tls-verify",
  ],
  [{ cluster: { "proxy-url": "http://canary" } }, "clusters.0.cluster.proxy-url"],
  [{ cluster: { server: "http://canary" } }, "clusters.0.cluster.server"],
  [
    { cluster: { "certificate-authority-data": undefined } },
    "clusters.0.cluster.certificate-authority-data",
  ],
  [
    { cluster: { "certificate-authority-data": "canary!" } },
    "clusters.0.cluster.certificate-authority-data",
  ],
  [{ config: { "current-context": "canary" } }, "current-context"],
  [{ config: { kind: "canary" } }, "kind"],
] as [Changes, string][])(
  "a kubeconfig with %j is refused, and the field is named",
  (changes, field) => {
    expect(fieldsOf(changes)[0]).toBe(field);
  },
);

test("a program or a file is refused in any entry, also in one that is not used", () => {
  const users = [
    { name: "me", user: { token: "canary-token" } },
    { name: "other", user: { exec: { command: "canary" } } },
  ];
  expect(fieldsOf({ config: { users } })).toEqual(["users.1.user.exec"]);
});

test("all that is wrong is named at once, with what to do instead", () => {
  const failure = failureOf(
    kubeconfig({ user: { tokenFile: "/canary" }, cluster: { "proxy-url": "http://canary" } }),
  );
  expect(failure.fields.length).toBe(2);
  expect(failure.message).toContain("use token");
});

test("credentials that are none, or do not belong together, are refused by their field", () => {
  expect(fieldsOf({ user: { token: undefined } })).toEqual(["users.user"]);
  expect(fieldsOf({ user: { "client-key-data": base64(key) } })).toEqual([
    "users.user.client-key-data",
  ]);
  const other = { "client-certificate-data": base64(ca), "client-key-data": base64(key) };
  expect(fieldsOf({ user: other })).toEqual(["users.user.client-certificate-data"]);
  expect(fieldsOf({ cluster: { "certificate-authority-data": base64("canary") } })).toEqual([
    "clusters.cluster.certificate-authority-data",
  ]);
});

test.each(["", "canary", "a: [", "- 1", "x".repeat(300_000)])(
  "what is no kubeconfig is refused (%#)",
  (text) => {
    failureOf(new Secret(text));
  },
);
