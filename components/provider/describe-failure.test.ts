import { Failure } from "@holdfast/foundation/failure.ts";
import { expect, test } from "vitest";
import { describeFailure } from "./describe-failure.ts";
import { kindOf } from "./provider.ts";

const kind = (name: string) => kindOf(`holdfast:index:${name}`);

test("fields of the control plane are told as the program's own property paths", () => {
  const failure = new Failure("request.invalid", "The connection is wrong.", {
    fields: [
      { field: "settings.aws.role_arn", problem: "must be an ARN" },
      { field: "inline_credentials.document", problem: "must be JSON" },
    ],
  });
  const text = describeFailure(kind("Connection"), failure, []);
  expect(text).toContain("property settings.aws.roleArn: must be an ARN");
  expect(text).toContain("property inlineCredentials: must be JSON");
});

test.each([
  ["Runner", "runner.exists", "name"],
  ["Runner", "organization.not_found", "organization"],
  ["Organization", "organization.exists", "name"],
  ["RunnerCredentials", "runner.not_found", "runner"],
  ["RunnerCredentials", "certificate.request_invalid", "certificateRequestPem"],
  ["ApiKey", "service_account.not_found", "serviceAccount"],
  ["Connection", "secret.not_found", "settings"],
  ["Secret", "identity.api_key_revoked", "apiKey of the provider"],
  ["Secret", "control_plane.unavailable", "endpoint of the provider"],
] as const)("%s: %s is told by the property %s", (name, code, property) => {
  expect(describeFailure(kind(name), new Failure(code, "It failed."), [])).toContain(
    `property ${property}\n`,
  );
});

test("a secret that slipped into a message is taken out", () => {
  const error = new Error("cannot use canary-value");
  expect(describeFailure(kind("Secret"), error, ["canary-value"])).not.toContain("canary-value");
});
