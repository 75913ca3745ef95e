import { createPrivateKey, X509Certificate } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeCertificateRequest } from "@holdfast/protocol/identity/certificate-request.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TestClock } from "../../test/support/test-clock.ts";
import { TestRandom } from "../../test/support/test-random.ts";
import {
  authorityExtensions,
  exportPrivateKey,
  type KeyedCertificate,
  leafExtensions,
  makeKeyPair,
  pemOf,
  sign,
} from "./certificates.ts";
import type { LocalAuthority } from "./local-authority.ts";
import { openProvidedAuthority } from "./provided-authority.ts";
import { verifyRunnerCertificate } from "./verify-runner-certificate.ts";

const dayMs = 86_400_000;
const clock = new TestClock(Date.UTC(2026, 5, 1));
const random = new TestRandom("provided");
const subject = {
  organizationId: `org_${"a".repeat(22)}`,
  runnerId: `run_${"b".repeat(22)}`,
};

/** What the stack `pki` makes in one generation. */
interface Generation {
  readonly root: KeyedCertificate;
  readonly runners: KeyedCertificate;
  readonly servers: KeyedCertificate;
}

let home = "";
let first: Generation;
let second: Generation;
let files: Readonly<Record<string, string>>;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "provided-"));
  [first, second] = await Promise.all([makeGeneration("1"), makeGeneration("2")]);
  files = await filesOf(first, [first]);
});
afterAll(() => rmSync(home, { recursive: true }));

async function make(
  commonName: string,
  extensions: Parameters<typeof sign>[0]["extensions"],
  issuer?: KeyedCertificate,
  lifetimeDays = 100,
): Promise<KeyedCertificate> {
  const { publicKey, privateKey } = await makeKeyPair();
  const content = {
    commonName,
    publicKey,
    notBeforeMs: clock.nowMs() - dayMs,
    notAfterMs: clock.nowMs() + lifetimeDays * dayMs,
    extensions,
  };
  const signer = issuer === undefined ? { privateKey } : { issuer, privateKey: issuer.privateKey };
  return { certificate: await sign(content, signer, random), privateKey };
}

async function makeGeneration(id: string): Promise<Generation> {
  const root = await make(`root ${id}`, authorityExtensions(1));
  const [runners, servers] = await Promise.all([
    make(`runner issuer ${id}`, authorityExtensions(0), root),
    make(`server issuer ${id}`, authorityExtensions(0), root),
  ]);
  return { root, runners, servers };
}

async function makeServer(
  issuer: KeyedCertificate,
  names = ["localhost", "127.0.0.1"],
  purpose: "client" | "server" = "server",
  lifetimeDays = 90,
): Promise<Readonly<Record<string, string>>> {
  const general = names.map((value) => ({
    type: isIP(value) === 0 ? ("dns" as const) : ("ip" as const),
    value,
  }));
  const server = await make("server", leafExtensions(purpose, general), issuer, lifetimeDays);
  return {
    "server.pem": pemOf(server.certificate) + pemOf(issuer.certificate),
    "server.key.pem": await exportPrivateKey(server.privateKey),
  };
}

async function filesOf(
  active: Generation,
  trusted: readonly Generation[],
): Promise<Readonly<Record<string, string>>> {
  return {
    "trust.pem": trusted.map(({ root }) => pemOf(root.certificate)).join(""),
    "runner-issuer.pem": pemOf(active.runners.certificate),
    "runner-issuer.key.pem": await exportPrivateKey(active.runners.privateKey),
    "runner-issuers.pem": trusted.map(({ runners }) => pemOf(runners.certificate)).join(""),
    ...(await makeServer(active.servers)),
  };
}

let folders = 0;
function write(contents: Readonly<Record<string, string>>, into?: string): string {
  folders += 1;
  const folder = into ?? join(home, `folder-${folders}`);
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(contents)) {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
  }
  return folder;
}

async function open(
  directory: string,
  serverNames: readonly string[] = ["127.0.0.1"],
): Promise<LocalAuthority> {
  return await openProvidedAuthority({
    directory,
    trustDomain: "test.internal",
    serverNames,
    clock,
    random,
  });
}

function verdictOn(certificatePem: string, authority: LocalAuthority): string {
  const der = new Uint8Array(new X509Certificate(certificatePem).raw);
  const trust = { trustPem: authority.runnerIssuersPem, trustDomain: authority.trustDomain };
  const verdict = verifyRunnerCertificate(der, trust, clock.nowMs());
  return verdict.ok ? "ok" : verdict.code;
}

describe("a provided authority", () => {
  test("signs with the issuer that was given, and says what runners check the control plane against", async () => {
    const authority = await open(write(files));
    const { requestPem, privateKeyPem } = makeCertificateRequest({ commonName: "runner" });
    const { certificatePem } = await authority.issueFromRequest(subject, requestPem, dayMs);
    const certificate = new X509Certificate(certificatePem);
    expect(certificate.issuer).toBe("CN=runner issuer 1");
    expect(certificate.checkPrivateKey(createPrivateKey(privateKeyPem.expose()))).toBe(true);
    expect(certificatePem).toContain(files["runner-issuer.pem"]);
    expect(authority.serverTrustPem).toBe(files["trust.pem"]);
    expect(authority.server.chainPem).toBe(files["server.pem"]);
    expect(verdictOn(certificatePem, authority)).toBe("ok");
  });

  test("accepts the certificates of each issuer that is not retired, and of no other", async () => {
    const old = await (await open(write(files))).issueWithKey(subject, dayMs);
    const both = await open(write(await filesOf(second, [first, second])));
    expect(verdictOn(old.certificatePem, both)).toBe("ok");
    expect(verdictOn((await both.issueWithKey(subject, dayMs)).certificatePem, both)).toBe("ok");
    const retired = await open(write(await filesOf(second, [second])));
    expect(verdictOn(old.certificatePem, retired)).toBe("certificate.untrusted");
  });

  test("accepts no runner's certificate that the issuer of servers, or a root, has signed", async () => {
    const authority = await open(write(files));
    const url = `spiffe://test.internal/organization/${subject.organizationId}/runner/${subject.runnerId}`;
    const extensions = leafExtensions("client", [{ type: "url", value: url }]);
    for (const issuer of [first.servers, first.root]) {
      const { certificate } = await make("runner", extensions, issuer);
      expect(verdictOn(pemOf(certificate), authority)).toBe("certificate.untrusted");
    }
  });

  test("takes changed files as a whole, and keeps what it has while they do not belong together", async () => {
    const folder = write(files);
    const authority = await open(folder);
    expect(await authority.renewServer()).toBeUndefined();
    const next = await filesOf(second, [first, second]);
    write({ "server.pem": next["server.pem"] ?? "" }, folder);
    await expect(authority.renewServer()).rejects.toMatchObject({ code: "settings.invalid" });
    expect(authority.server.chainPem).toBe(files["server.pem"]);
    write(next, folder);
    expect((await authority.renewServer())?.chainPem).toBe(next["server.pem"]);
    expect(authority.serverTrustPem).toBe(next["trust.pem"]);
    const { certificatePem } = await authority.issueWithKey(subject, dayMs);
    expect(new X509Certificate(certificatePem).issuer).toBe("CN=runner issuer 2");
    expect(await authority.renewServer()).toBeUndefined();
  });
});

describe("what is refused at the start, by the name of its file", () => {
  const refusal = async (
    change: Readonly<Record<string, string>>,
    serverNames?: readonly string[],
  ): Promise<readonly string[]> => {
    const contents = Object.entries({ ...files, ...change }).filter(([, text]) => text !== "");
    const error: unknown = await open(write(Object.fromEntries(contents)), serverNames).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ code: "settings.invalid" });
    expect(JSON.stringify(error)).not.toContain("PRIVATE KEY");
    const { fields } = error as { readonly fields: readonly Record<string, string>[] };
    return fields.map(({ field, problem }) => `${field} ${problem}`);
  };

  test("files that are not there, all at once", async () => {
    const names = Object.keys(files).filter((name) => name !== "runner-issuers.pem");
    const missing = Object.fromEntries(names.map((name) => [name, ""]));
    const told = await refusal(missing);
    expect(told.map((each) => each.split(" ")[0]).sort()).toEqual(names.sort());
  });

  test("keys of other certificates, and files that are something else", async () => {
    const other = await filesOf(second, [second]);
    expect(
      await refusal({ "runner-issuer.key.pem": other["runner-issuer.key.pem"] ?? "" }),
    ).toEqual([
      "runner-issuer.key.pem must be the key of the first certificate in runner-issuer.pem",
    ]);
    expect(await refusal({ "server.key.pem": other["server.key.pem"] ?? "" })).toEqual([
      "server.key.pem must be the key of the first certificate in server.pem",
    ]);
    expect(await refusal({ "server.key.pem": "hello" })).toEqual([
      "server.key.pem must be there, and have a P-256 private key as PEM",
    ]);
    const nonsense = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    expect(await refusal({ "trust.pem": nonsense })).toContain(
      "trust.pem must be there, and have a certificate as PEM",
    );
  });

  test("certificates of a root that is not trusted", async () => {
    const told = await refusal({ "trust.pem": pemOf(second.root.certificate) });
    expect(told).toEqual([
      "runner-issuer.pem must lead to a root in trust.pem",
      "runner-issuers.pem must lead to a root in trust.pem",
      "server.pem must lead to a root in trust.pem",
    ]);
  });

  test("a root as the issuer of runners, and an issuer in place of a root", async () => {
    expect(
      await refusal({
        "runner-issuer.pem": pemOf(first.root.certificate),
        "runner-issuer.key.pem": await exportPrivateKey(first.root.privateKey),
      }),
    ).toEqual(["runner-issuer.pem must have issuers: authorities below a root"]);
    expect(await refusal({ "trust.pem": pemOf(first.runners.certificate) })).toContain(
      "trust.pem must have roots only: certificates that signed themselves",
    );
  });

  test("a server's certificate for another purpose, another host, or a time that has passed", async () => {
    expect(await refusal(await makeServer(first.servers, ["127.0.0.1"], "client"))).toEqual([
      "server.pem must begin with a certificate for server authentication",
    ]);
    expect(await refusal({}, ["127.0.0.1", "holdfast.example"])).toEqual([
      "server.pem must be for holdfast.example, where runners are told to connect",
    ]);
    expect(await refusal(await makeServer(first.servers, ["127.0.0.1"], "server", 0))).toEqual([
      "server.pem must not have expired",
    ]);
  });

  test("a key that others may read, and a certificate that others may change", async () => {
    const folder = write(files);
    chmodSync(join(folder, "trust.pem"), 0o644);
    await open(folder);
    chmodSync(join(folder, "trust.pem"), 0o666);
    await expect(open(folder)).rejects.toMatchObject({ code: "store.insecure_mode" });
    chmodSync(join(folder, "trust.pem"), 0o600);
    chmodSync(join(folder, "server.key.pem"), 0o640);
    await expect(open(folder)).rejects.toMatchObject({ code: "store.insecure_mode" });
    await expect(open(folder)).rejects.toThrow(/server\.key\.pem/);
  });
});
