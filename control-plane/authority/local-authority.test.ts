import { execFileSync, spawnSync } from "node:child_process";
import { createPrivateKey, X509Certificate } from "node:crypto";
import {
  chmodSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseRunnerName } from "@holdfast/protocol/identity/runner-name.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { TestClock } from "../../test/support/test-clock.ts";
import { TestRandom } from "../../test/support/test-random.ts";
import { type LocalAuthority, openLocalAuthority } from "./local-authority.ts";

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;
const dayMs = 86_400_000;
const subject = { organizationId: `org_${"a".repeat(22)}`, runnerId: `run_${"b".repeat(22)}` };

let home: string;
let clock: TestClock;
let authority: LocalAuthority;

async function open(
  directory: string,
  change: { clock?: TestClock; serverNames?: readonly string[]; seed?: string } = {},
): Promise<LocalAuthority> {
  return await openLocalAuthority({
    directory,
    trustDomain: "test.internal",
    serverNames: change.serverNames ?? ["localhost", "127.0.0.1", "::1"],
    clock: change.clock ?? clock,
    random: new TestRandom(change.seed ?? directory),
  });
}

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "authority-"));
  clock = new TestClock(Date.now());
  authority = await open(join(home, "authority"));
});
afterAll(() => rmSync(home, { recursive: true }));

function copy(name: string): string {
  const path = join(home, name);
  cpSync(join(home, "authority"), path, { recursive: true });
  return path;
}

const firstOf = (pem: string): X509Certificate => new X509Certificate(pem);

describe("what the first start makes", () => {
  test("keys and certificates, all of which only their owner may read", () => {
    const path = join(home, "authority");
    expect(readdirSync(path).sort()).toEqual([
      "root.key.pem",
      "root.pem",
      "runner-issuer.key.pem",
      "runner-issuer.pem",
      "server.key.pem",
      "server.pem",
    ]);
    for (const name of readdirSync(path)) {
      expect(statSync(join(path, name)).mode & 0o777).toBe(0o600);
    }
    expect(statSync(path).mode & 0o777).toBe(0o700);
  });

  test("a second start finds all of it as it was", async () => {
    const again = await open(join(home, "authority"));
    expect(again.serverTrustPem).toBe(authority.serverTrustPem);
    expect(again.runnerTrustPem).toBe(authority.runnerTrustPem);
    expect(again.server.chainPem).toBe(authority.server.chainPem);
  });

  test("a key that others may read is refused", async () => {
    const path = copy("open-mode");
    chmodSync(join(path, "root.key.pem"), 0o640);
    await expect(open(path)).rejects.toMatchObject({ code: "store.insecure_mode" });
  });

  test("an issuer that this root has not signed is refused", async () => {
    const path = copy("foreign-issuer");
    const other = join(home, "other");
    await open(other);
    for (const name of ["runner-issuer.pem", "runner-issuer.key.pem"]) {
      cpSync(join(other, name), join(path, name));
    }
    await expect(open(path)).rejects.toMatchObject({ code: "store.unreadable" });
  });
});

describe("the certificate of the control plane", () => {
  test("names every host and address of the settings, and chains to what runners trust", () => {
    const server = firstOf(authority.server.chainPem);
    expect(server.checkHost("localhost")).toBe("localhost");
    expect(server.checkIP("127.0.0.1")).toBe("127.0.0.1");
    expect(server.checkIP("::1")).toBeDefined();
    expect(server.checkHost("example.com")).toBeUndefined();
    expect(server.checkPrivateKey(createPrivateKey(authority.server.privateKeyPem.expose()))).toBe(
      true,
    );
  });

  test("is made anew when a third of its time is left, and not before", async () => {
    const path = copy("renewal");
    const after = async (days: number): Promise<string> =>
      (await open(path, { clock: new TestClock(clock.nowMs() + days * dayMs) })).server.chainPem;
    expect(await after(59)).toBe(authority.server.chainPem);
    expect(await after(61)).not.toBe(authority.server.chainPem);
  });

  test("is renewed while the control plane runs, once it is due", async () => {
    const later = new TestClock(clock.nowMs());
    const running = await open(copy("running"), { clock: later });
    expect(await running.renewServer()).toBeUndefined();
    await later.advance(61 * dayMs);
    const renewed = await running.renewServer();
    expect(firstOf(renewed?.chainPem ?? "").validToDate.getTime()).toBeGreaterThan(
      later.nowMs() + 80 * dayMs,
    );
    expect(await running.renewServer()).toBeUndefined();
  });

  test("is made anew when a name was added, and kept when one was dropped", async () => {
    const path = copy("names");
    const added = await open(path, { serverNames: ["localhost", "holdfast.example"] });
    expect(firstOf(added.server.chainPem).checkHost("holdfast.example")).toBeDefined();
    const dropped = await open(path, { serverNames: ["localhost"] });
    expect(dropped.server.chainPem).toBe(added.server.chainPem);
  });

  test("is made anew when a killed process left another key beside it", async () => {
    const path = copy("killed");
    const other = join(home, "killed-other");
    await open(other);
    cpSync(join(other, "server.key.pem"), join(path, "server.key.pem"));
    const opened = await open(path);
    expect(
      firstOf(opened.server.chainPem).checkPrivateKey(
        createPrivateKey(opened.server.privateKeyPem.expose()),
      ),
    ).toBe(true);
    expect(opened.serverTrustPem).toBe(authority.serverTrustPem);
  });
});

describe("a runner's certificate", () => {
  test("has exactly one name, the purpose of a client, and no right to sign", async () => {
    const { certificatePem } = await authority.issueWithKey(subject, dayMs);
    const certificate = firstOf(certificatePem);
    expect(certificate.subjectAltName).toBe(
      `URI:spiffe://test.internal/organization/${subject.organizationId}/runner/${subject.runnerId}`,
    );
    expect(parseRunnerName((certificate.subjectAltName ?? "").slice(4))).toEqual({
      trustDomain: "test.internal",
      ...subject,
    });
    expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"]);
    expect(certificate.ca).toBe(false);
  });

  test("says of itself what is kept: serial, fingerprint and end", async () => {
    const issued = await authority.issueWithKey(subject, dayMs);
    const certificate = firstOf(issued.certificatePem);
    expect(issued.serial).toBe(certificate.serialNumber.toLowerCase());
    expect(issued.serial).toMatch(/^[4-7][0-9a-f]{31}$/);
    expect(issued.fingerprint).toBe(certificate.fingerprint256.replaceAll(":", "").toLowerCase());
    expect(issued.expireAtMs).toBe(certificate.validToDate.getTime());
    expect(clock.nowMs() + dayMs - issued.expireAtMs).toBeLessThan(1_000);
  });

  test("is valid five minutes before it was issued, for runners whose clock is slow", async () => {
    const { certificatePem } = await authority.issueWithKey(subject, dayMs);
    const earlyMs = clock.nowMs() - firstOf(certificatePem).validFromDate.getTime();
    expect(earlyMs).toBeGreaterThanOrEqual(300_000);
    expect(earlyMs).toBeLessThan(301_000);
  });

  test("never outlives its issuer", async () => {
    const { certificatePem, expireAtMs } = await authority.issueWithKey(subject, 100 * 365 * dayMs);
    const issuer = firstOf(authority.runnerTrustPem);
    expect(expireAtMs).toBe(issuer.validToDate.getTime());
    expect(firstOf(certificatePem).validToDate.getTime()).toBe(expireAtMs);
  });

  test("never has the serial of another one", async () => {
    const issued = await Promise.all(
      Array.from({ length: 20 }, async () => (await authority.issueWithKey(subject, dayMs)).serial),
    );
    expect(new Set(issued).size).toBe(20);
  });

  test("comes with a key that fits it and that nobody keeps", async () => {
    const { certificatePem, privateKeyPem } = await authority.issueWithKey(subject, dayMs);
    expect(firstOf(certificatePem).checkPrivateKey(createPrivateKey(privateKeyPem.expose()))).toBe(
      true,
    );
    const base64 = privateKeyPem.expose().split("\n")[2] ?? "";
    for (const name of readdirSync(join(home, "authority"))) {
      expect(readFileSync(join(home, "authority", name), "utf8")).not.toContain(base64);
    }
  });
});

describe("what openssl says", () => {
  beforeEach(({ skip }) => skip(!hasOpenssl, "the program openssl is not installed"));

  const openssl = (...command: string[]): string =>
    execFileSync("openssl", command, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

  const file = (name: string, text: string): string => {
    const path = join(home, name);
    writeFileSync(path, text);
    return path;
  };

  const verify = (purpose: string, chainPem: string): string => {
    const root = file("check-root.pem", authority.serverTrustPem);
    const issuers = file("check-issuers.pem", authority.runnerTrustPem);
    const leaf = file("check-leaf.pem", chainPem);
    const result = spawnSync(
      "openssl",
      ["verify", "-x509_strict", "-purpose", purpose, "-CAfile", root, "-untrusted", issuers, leaf],
      { encoding: "utf8" },
    );
    return result.status === 0 ? "OK" : result.stdout + result.stderr;
  };

  test("a runner's certificate is a client's by the letter of RFC 5280, and no server's", async () => {
    const { certificatePem } = await authority.issueWithKey(subject, dayMs);
    expect(verify("sslclient", certificatePem)).toBe("OK");
    expect(verify("sslserver", certificatePem)).not.toBe("OK");
  });

  test("the control plane's certificate is a server's by the letter of RFC 5280, and no client's", () => {
    expect(verify("sslserver", authority.server.chainPem)).toBe("OK");
    expect(verify("sslclient", authority.server.chainPem)).not.toBe("OK");
  });

  const request = (...keyOptions: string[]): string => {
    const key = join(home, "request.key");
    openssl("genpkey", ...keyOptions, "-out", key);
    return openssl("req", "-new", "-key", key, "-subj", "/CN=somebody else");
  };
  const p256 = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];

  test("a request is answered with the names that we say, for the key that it brings", async () => {
    const { certificatePem } = await authority.issueFromRequest(subject, request(...p256), dayMs);
    const certificate = firstOf(certificatePem);
    expect(certificate.subject).toBe(`CN=${subject.runnerId}`);
    expect(
      certificate.checkPrivateKey(createPrivateKey(readFileSync(join(home, "request.key")))),
    ).toBe(true);
    expect(verify("sslclient", certificatePem)).toBe("OK");
  });

  test("a request whose key is not on P-256 is refused", async () => {
    const requests = [
      request("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"),
      request("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
      request("-algorithm", "ED25519"),
    ];
    for (const pem of requests) {
      await expect(authority.issueFromRequest(subject, pem, dayMs)).rejects.toMatchObject({
        code: "certificate.request_invalid",
      });
    }
  });

  test("a request that its key has not signed is refused", async () => {
    const der = Buffer.from(request(...p256).replaceAll(/-----[^-]+-----|\s/g, ""), "base64");
    // The signature is the last field of the request.
    der.writeUInt8(der.readUInt8(der.length - 1) ^ 1, der.length - 1);
    const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString("base64")}\n-----END CERTIFICATE REQUEST-----\n`;
    await expect(authority.issueFromRequest(subject, pem, dayMs)).rejects.toMatchObject({
      code: "certificate.request_invalid",
    });
  });
});

test.each([
  ["nothing", ""],
  ["no PEM", "hello"],
  [
    "PEM of nonsense",
    "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
  ],
])("a request that is none is refused: %s", async (_what, pem) => {
  await expect(authority.issueFromRequest(subject, pem, dayMs)).rejects.toMatchObject({
    code: "certificate.request_invalid",
  });
});
