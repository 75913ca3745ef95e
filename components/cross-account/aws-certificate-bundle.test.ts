import { expect, test } from "vitest";
import { selfSignedCertificate } from "../../test/support/self-signed-certificate.ts";
import { certificateBundleRule } from "./aws-certificate-bundle.ts";

const p256 = { algorithm: "ECDSA", ecdsaCurve: "P256" };

test.each([p256, { algorithm: "ECDSA", ecdsaCurve: "P384" }, { algorithm: "RSA", rsaBits: 2_048 }])(
  "an authority with a key of %j is taken",
  async (key) => {
    expect(certificateBundleRule(await selfSignedCertificate(key))).toBeUndefined();
  },
);

test.each([
  [{ algorithm: "ED25519" }, "of the kind ed25519"],
  [{ algorithm: "ECDSA", ecdsaCurve: "P521" }, "of the kind ec secp521r1"],
  [{ algorithm: "RSA", rsaBits: 1_024 }, "of the kind rsa"],
])("an authority with a key of %j is refused: the service does not take it", async (key, kind) => {
  expect(certificateBundleRule(await selfSignedCertificate(key))).toContain(kind);
});

test("several are taken, with blank lines between, and the wrong one is counted", async () => {
  const right = await selfSignedCertificate(p256);
  const wrong = await selfSignedCertificate({ algorithm: "ED25519" });
  expect(certificateBundleRule(`${right}\n${await selfSignedCertificate(p256)}`)).toBeUndefined();
  expect(certificateBundleRule(`${right}\n${wrong}`)).toContain("number 2");
});

test("a certificate that may not sign others is no authority", async () => {
  const leaf = await selfSignedCertificate(p256, false);
  expect(certificateBundleRule(leaf)).toContain("number 1 is not that of an authority");
});

test("what is no certificate is refused, and never repeated", async () => {
  const right = await selfSignedCertificate(p256);
  const key = "-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----\n";
  for (const text of ["", "canary", key, `${right}${key}`, `canary\n${right}`]) {
    const problem = certificateBundleRule(text);
    expect(problem).toBe("must be certificates as PEM, and nothing else");
  }
  const broken = "-----BEGIN CERTIFICATE-----\ncanary\n-----END CERTIFICATE-----\n";
  expect(certificateBundleRule(broken)).toContain("number 1 cannot be read");
  expect(certificateBundleRule(broken)).not.toContain("canary");
});

test("the service's limit of 8,000 characters holds", async () => {
  const one = await selfSignedCertificate(p256);
  const fits = one.padEnd(8_000, "\n");
  expect(certificateBundleRule(fits)).toBeUndefined();
  expect(certificateBundleRule(`${fits}\n`)).toContain("at most 8000 characters");
});
