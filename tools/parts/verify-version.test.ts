import { expect, test } from "vitest";
import { namesVersion } from "./verify-version.ts";

test.each([
  ["v3.274.1", "3.274.1", true],
  ["Kubernetes v1.37.2\n", "1.37.2", true],
  ["etcd Version: 3.7.3\nGit SHA: abc\n", "3.7.3", true],
  ["CoreDNS-1.15.0\nlinux/amd64", "1.15.0", true],
  ["v3.274.10", "3.274.1", false],
  ["v13.274.1", "3.274.1", false],
  ["v3.274.1-alpha.1", "3.274.1", false],
  ["v3.274.1+dirty", "3.274.1", false],
  ["v3x274y1", "3.274.1", false],
])("%j tells version %s: %s", (answer, version, expected) => {
  expect(namesVersion(answer, version)).toBe(expected);
});
