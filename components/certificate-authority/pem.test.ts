import { beforeAll, expect, test } from "vitest";
import { issueCertificate, makeRequest } from "../../test/support/providers/tls-certificates.ts";
import { makePrivateKey } from "../../test/support/providers/tls-keys.ts";
import { CertificatePurpose } from "./certificate-purpose.ts";
import { certificateUses } from "./certificate-uses.ts";
import { whyUnfit } from "./issued-certificate.ts";
import { fingerprintOf, isRoot, joinCertificates, orderChain, splitCertificates } from "./pem.ts";

interface Made {
  readonly pem: string;
  readonly requestPem: string;
  readonly keyPem: string;
}

let root: Made;
let upper: Made;
let lower: Made;
let leaf: Made;

beforeAll(async () => {
  root = await make("root");
  upper = await make("upper", root);
  lower = await make("lower", upper);
  leaf = await make("leaf", lower, { allowedUses: [...certificateUses.server] });
});

async function make(
  commonName: string,
  issuer?: Made,
  inputs: Readonly<Record<string, boolean | readonly string[]>> = {
    isCaCertificate: true,
    allowedUses: [...certificateUses.authority],
  },
): Promise<Made> {
  const { outputs: key } = makePrivateKey({ algorithm: "ECDSA", ecdsaCurve: "P256" });
  const keyPem = String(key["privateKeyPem"]);
  const { outputs: request } = await makeRequest({
    privateKeyPem: keyPem,
    subject: { commonName },
  });
  const requestPem = String(request["certRequestPem"]);
  const signer =
    issuer === undefined ? { privateKeyPem: keyPem } : { caPrivateKeyPem: issuer.keyPem };
  const { outputs } = await issueCertificate(
    { ...inputs, ...signer, validityPeriodHours: 24 },
    issuer === undefined ? { requestPem } : { requestPem, caCertificatePem: issuer.pem },
    Date.UTC(2026, 5, 1),
  );
  return { pem: String(outputs["certPem"]), requestPem, keyPem };
}

test("a chain is put in order, whatever order it came in, with the root apart", () => {
  const wanted = {
    certificatePem: [leaf, lower, upper].map(({ pem }) => splitCertificates(pem)[0]).join(""),
    certificateAuthorityPem: splitCertificates(root.pem)[0],
  };
  expect(orderChain([leaf, root, upper, lower].map(({ pem }) => pem).join(""))).toEqual(wanted);
  expect(orderChain([leaf, lower, upper, root].map(({ pem }) => pem).join("\n\n"))).toEqual(wanted);
});

test("a chain with a gap, and one without a root, is none", () => {
  expect(orderChain(leaf.pem + upper.pem + root.pem)).toBeUndefined();
  expect(orderChain(leaf.pem + lower.pem + upper.pem)).toBeUndefined();
  expect(orderChain("")).toBeUndefined();
});

test("certificates are joined with a newline after each, and none twice", () => {
  const joined = joinCertificates([root.pem.trim(), upper.pem, root.pem]);
  expect(splitCertificates(joined)).toHaveLength(2);
  expect(joined).toMatch(/^(?:-----BEGIN CERTIFICATE-----\n[^-]+-----END CERTIFICATE-----\n){2}$/);
});

test("a root is told from an issuer, and a fingerprint is 64 hexadecimal digits", () => {
  expect([isRoot(root.pem), isRoot(upper.pem)]).toEqual([true, false]);
  expect(fingerprintOf(root.pem)).toMatch(/^[0-9a-f]{64}$/);
});

test("a certificate is fit for its request and its purpose only", () => {
  const { Server, RunnerIssuer } = CertificatePurpose;
  expect(whyUnfit(leaf.pem, leaf.requestPem, Server)).toBeUndefined();
  expect(whyUnfit(leaf.pem, "", Server)).toBeUndefined();
  expect(whyUnfit(lower.pem, lower.requestPem, RunnerIssuer)).toBeUndefined();
  expect(whyUnfit(leaf.pem, lower.requestPem, Server)).toContain("the key of the request");
  expect(whyUnfit(leaf.pem, "", RunnerIssuer)).toContain("cannot sign");
  expect(whyUnfit(lower.pem, "", Server)).toContain("not a server's");
  expect(whyUnfit("nonsense", "", Server)).toContain("not an X.509 certificate");
});
