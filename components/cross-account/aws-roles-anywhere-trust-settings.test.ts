import { beforeAll, describe, expect, test } from "vitest";
import { refusalOf, settingsOf } from "../../test/support/argument-problems.ts";
import { selfSignedCertificate } from "../../test/support/self-signed-certificate.ts";
import type { AwsRolesAnywhereTrustArgs } from "./aws-roles-anywhere-trust-args.ts";
import {
  type AwsRolesAnywhereTrustSettings,
  readAwsRolesAnywhereTrustSettings,
} from "./aws-roles-anywhere-trust-settings.ts";

const organization = `org_${"A".repeat(22)}`;
const name = `spiffe://holdfast.internal/organization/${organization}/runner/run_${"B".repeat(22)}`;
let caBundlePem = "";

beforeAll(async () => {
  caBundlePem = await selfSignedCertificate({ algorithm: "ECDSA", ecdsaCurve: "P256" });
});

function read(given: Partial<AwsRolesAnywhereTrustArgs> = {}): AwsRolesAnywhereTrustSettings {
  const args = { caBundlePem, runnerNames: [name], ...given };
  return settingsOf((check) => readAwsRolesAnywhereTrustSettings(args, check));
}

describe("the arguments of AwsRolesAnywhereTrust", () => {
  test("give sessions of an hour, to the runners that are named", () => {
    expect(read()).toMatchObject({
      runnerNames: [name],
      sessionDurationSeconds: 3_600,
      targetRoleArns: [],
      sessionPolicy: undefined,
    });
  });

  test("all that is wrong is said at once, each with its property, and no key is repeated", () => {
    const wrong = {
      caBundlePem: "-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----",
      runnerNames: ["spiffe://holdfast.internal/*", `${name}/`],
      sessionDurationSeconds: 899,
      targetRoleArns: ["target"],
      sessionPolicy: "allow",
    };
    const message = String(refusalOf(() => read(wrong)));
    for (const path of [
      ...["caBundlePem", "runnerNames[0]", "runnerNames[1]", "sessionDurationSeconds"],
      ...["targetRoleArns[0]", "sessionPolicy"],
    ]) {
      expect(message).toContain(`\n  ${path} must `);
    }
    expect(message).not.toContain("canary");
  });

  test("at least one runner must be named", () => {
    expect(() => read({ runnerNames: [] })).toThrow("at least one runner");
  });

  test.each<[Partial<AwsRolesAnywhereTrustArgs>, boolean]>([
    [{ sessionDurationSeconds: 900 }, true],
    [{ sessionDurationSeconds: 3_601 }, false],
    [{ sessionDurationSeconds: 43_200, maxSessionDurationSeconds: 43_200 }, true],
    [{ sessionDurationSeconds: 43_201, maxSessionDurationSeconds: 43_200 }, false],
  ])("%j: %s", (given, expected) => {
    if (expected) {
      expect(() => read(given)).not.toThrow();
    } else {
      expect(() => read(given)).toThrow("sessionDurationSeconds must");
    }
  });
});
