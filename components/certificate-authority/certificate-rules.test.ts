import { expect, test } from "vitest";
import { ArgumentCheck } from "../runner-workload/argument-check.ts";
import {
  certificatePemRule,
  certificateRequestPemRule,
  checkNames,
  dnsNameRule,
  ipAddressRule,
  privateKeyPemRule,
} from "./certificate-rules.ts";

test.each([
  ["control-plane.example", true],
  ["*.example.com", true],
  ["localhost", true],
  [`${"a".repeat(63)}.example`, true],
  [`${"a".repeat(64)}.example`, false],
  [`${"a.".repeat(126)}a`, true],
  [`${"a.".repeat(127)}a`, false],
  ["", false],
  ["-a.example", false],
  ["a-.example", false],
  ["a..example", false],
  ["a.*.example", false],
  ["https://a.example", false],
  ["a.example:8443", false],
])("the host name %s is allowed: %s", (name, isAllowed) => {
  expect(dnsNameRule(name) === undefined).toBe(isAllowed);
});

test.each([
  ["10.0.0.1", true],
  ["::1", true],
  ["10.0.0.0/8", false],
  ["10.0.0.256", false],
  ["localhost", false],
])("the address %s is allowed: %s", (address, isAllowed) => {
  expect(ipAddressRule(address) === undefined).toBe(isAllowed);
});

test("each kind of PEM is told from the others, and a key is no part of a certificate", () => {
  const block = (label: string) => `-----BEGIN ${label}-----\nAAAA\n-----END ${label}-----\n`;
  expect(certificatePemRule(block("CERTIFICATE"))).toBeUndefined();
  expect(certificatePemRule(block("CERTIFICATE") + block("EC PRIVATE KEY"))).toBe(
    "must not have a private key in it",
  );
  expect(certificatePemRule(block("CERTIFICATE REQUEST"))).toBe("must be a certificate as PEM");
  expect(certificateRequestPemRule(block("CERTIFICATE REQUEST"))).toBeUndefined();
  expect(certificateRequestPemRule(block("CERTIFICATE"))).toBe(
    "must be a certificate request as PEM",
  );
  for (const label of ["PRIVATE KEY", "EC PRIVATE KEY"]) {
    expect(privateKeyPemRule(block(label))).toBeUndefined();
  }
  expect(privateKeyPemRule(block("RSA PRIVATE KEY"))).toBe("must be a private key as PEM");
});

test("each wrong name is told by its place", () => {
  const check = new ArgumentCheck("ServerCertificate server");
  checkNames({ dnsNames: ["ok", "not ok"], ipAddresses: ["10.0.0.1", "no"] }, check);
  expect(() => check.finish()).toThrow(/dnsNames\[1\] must be a host name.*\n.*ipAddresses\[1\]/);
});
