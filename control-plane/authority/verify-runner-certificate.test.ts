import "reflect-metadata";
import { randomBytes } from "node:crypto";
import * as x509 from "@peculiar/x509";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { TestRandom } from "../../test/support/test-random.ts";
import {
  authorityExtensions,
  type KeyedCertificate,
  leafExtensions,
  makeKeyPair,
  pemOf,
  sign,
} from "./certificates.ts";
import { type RunnerTrust, verifyRunnerCertificate } from "./verify-runner-certificate.ts";

const random = new TestRandom("verify");
const nowMs = Date.UTC(2026, 5, 1);
const dayMs = 86_400_000;
const organizationId = `org_${"a".repeat(22)}`;
const runnerId = `run_${"b".repeat(22)}`;
const name = `spiffe://test.internal/organization/${organizationId}/runner/${runnerId}`;
const uri = (value: string) => ({ type: "url" as const, value });

let root: KeyedCertificate;
let issuer: KeyedCertificate;
let trust: RunnerTrust;

beforeAll(async () => {
  root = await authority("root", 1);
  issuer = await authority("runner issuer", 0, root);
  trust = {
    trustPem: pemOf(issuer.certificate) + pemOf(root.certificate),
    trustDomain: "test.internal",
  };
});

async function authority(
  commonName: string,
  pathLength: number,
  parent?: KeyedCertificate,
): Promise<KeyedCertificate> {
  const keys = await makeKeyPair();
  const certificate = await sign(
    {
      commonName,
      publicKey: keys.publicKey,
      notBeforeMs: nowMs - 100 * dayMs,
      notAfterMs: nowMs + 100 * dayMs,
      extensions: authorityExtensions(pathLength),
    },
    parent === undefined
      ? { privateKey: keys.privateKey }
      : { issuer: parent, privateKey: parent.privateKey },
    random,
  );
  return { certificate, privateKey: keys.privateKey };
}

/** A runner's certificate as it should be, except for what `change` says. */
async function leaf(
  change: { issuer?: KeyedCertificate; extensions?: readonly x509.Extension[] } = {},
): Promise<Uint8Array> {
  const by = change.issuer ?? issuer;
  const keys = await makeKeyPair();
  const certificate = await sign(
    {
      commonName: runnerId,
      publicKey: keys.publicKey,
      notBeforeMs: nowMs - dayMs,
      notAfterMs: nowMs + dayMs,
      extensions: change.extensions ?? leafExtensions("client", [uri(name)]),
    },
    { issuer: by, privateKey: by.privateKey },
    random,
  );
  return new Uint8Array(certificate.rawData);
}

const codeOf = (der: Uint8Array | undefined, atMs = nowMs, against = trust): string => {
  const verdict = verifyRunnerCertificate(der, against, atMs);
  return verdict.ok ? "ok" : verdict.code;
};

test("a certificate as we issue it tells who the runner is", async () => {
  expect(verifyRunnerCertificate(await leaf(), trust, nowMs)).toMatchObject({
    ok: true,
    certificate: {
      name: { trustDomain: "test.internal", organizationId, runnerId },
      serial: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      expireAtMs: nowMs + dayMs,
    },
  });
});

test("a runner without a certificate is refused", () => {
  expect(codeOf(undefined)).toBe("certificate.missing");
  expect(codeOf(new Uint8Array())).toBe("certificate.missing");
});

test("a certificate of another authority is refused, even if that one bears our issuer's name", async () => {
  const stranger = await authority("runner issuer", 0, await authority("root", 1));
  expect(codeOf(await leaf({ issuer: stranger }))).toBe("certificate.untrusted");
});

test("a certificate that the root has signed itself, past the issuer, is refused", async () => {
  expect(codeOf(await leaf({ issuer: root }))).toBe("certificate.untrusted");
});

test("a certificate that a runner has signed with its own is refused", async () => {
  const keys = await makeKeyPair();
  const certificate = await sign(
    {
      commonName: runnerId,
      publicKey: keys.publicKey,
      notBeforeMs: nowMs - dayMs,
      notAfterMs: nowMs + dayMs,
      extensions: leafExtensions("client", [uri(name)]),
    },
    { issuer, privateKey: issuer.privateKey },
    random,
  );
  expect(codeOf(await leaf({ issuer: { certificate, privateKey: keys.privateKey } }))).toBe(
    "certificate.untrusted",
  );
});

test("a certificate of which one byte was changed is never accepted as another one", async () => {
  const der = await leaf();
  const accepted = verifyRunnerCertificate(der, trust, nowMs);
  fc.assert(
    fc.property(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const changed = der.slice();
      changed[at] = (changed[at] ?? 0) ^ flip;
      const verdict = verifyRunnerCertificate(changed, trust, nowMs);
      expect(verdict.ok ? verdict : undefined).not.toEqual(accepted);
      expect(verdict.ok).toBe(false);
    }),
    { numRuns: 300 },
  );
});

test("what is no certificate at all is refused, and does not throw", () => {
  expect(codeOf(new Uint8Array(randomBytes(300)))).toBe("certificate.untrusted");
});

test("a certificate that is not for a client is refused", async () => {
  const server = leafExtensions("server", [uri(name)]);
  const purposeless = leafExtensions("client", [uri(name)]).filter(
    (extension) => !(extension instanceof x509.ExtendedKeyUsageExtension),
  );
  const signing = [...authorityExtensions(0), ...leafExtensions("client", [uri(name)]).slice(2)];
  for (const extensions of [server, purposeless, signing]) {
    expect(codeOf(await leaf({ extensions }))).toBe("certificate.wrong_purpose");
  }
});

test("a certificate without exactly one name, a runner's of this installation, is refused", async () => {
  const other = name.replace(runnerId, `run_${"c".repeat(22)}`);
  const lists: x509.JsonGeneralNames[] = [
    [uri(name), uri(other)],
    [uri(name), uri(name)],
    [uri(name), { type: "dns", value: "runner.example" }],
    [{ type: "dns", value: name }],
    [uri(name.replace("test.internal", "other.internal"))],
    [uri(`${name}/more`)],
    [uri(name.replace("spiffe", "https"))],
    [uri(name.toUpperCase())],
    [uri(`spiffe://test.internal/organization/${organizationId}`)],
  ];
  for (const names of lists) {
    expect(
      codeOf(await leaf({ extensions: leafExtensions("client", names) })),
      JSON.stringify(names),
    ).toBe("certificate.malformed_name");
  }
  const nameless = leafExtensions("client", [uri(name)]).slice(0, 3);
  expect(codeOf(await leaf({ extensions: nameless }))).toBe("certificate.malformed_name");
});

test("a certificate is accepted only while it is valid by our own clock", async () => {
  const der = await leaf();
  expect(codeOf(der, nowMs - dayMs - 1)).toBe("certificate.not_yet_valid");
  expect(codeOf(der, nowMs - dayMs)).toBe("ok");
  expect(codeOf(der, nowMs + dayMs - 1)).toBe("ok");
  expect(codeOf(der, nowMs + dayMs)).toBe("certificate.expired");
});

test("of several defects the first in the order of admission is told", async () => {
  const stranger = await authority("runner issuer", 0);
  const bad = leafExtensions("server", [uri("https://example.com")]);
  expect(codeOf(await leaf({ issuer: stranger, extensions: bad }), nowMs + 10 * dayMs)).toBe(
    "certificate.untrusted",
  );
  expect(codeOf(await leaf({ extensions: bad }), nowMs + 10 * dayMs)).toBe(
    "certificate.wrong_purpose",
  );
  const named = leafExtensions("client", [uri("https://example.com")]);
  expect(codeOf(await leaf({ extensions: named }), nowMs + 10 * dayMs)).toBe(
    "certificate.malformed_name",
  );
});
