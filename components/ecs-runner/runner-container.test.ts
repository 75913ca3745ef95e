import { describe, expect, test } from "vitest";
import { type RunnerContainerValues, runnerContainerDefinitions } from "./runner-container.ts";

const values: RunnerContainerValues = {
  image: `registry.example/holdfast/runner@sha256:${"a".repeat(64)}`,
  environment: { HOLDFAST_LOG_LEVEL: "info", AWS_USE_FIPS_ENDPOINT: "true" },
  credentialsFrom: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:runner-AbCdEf:::0a1b",
  credentialsFingerprint: "0123456789abcdef",
  logGroupName: "runner-logs-0123456",
  region: "eu-west-1",
  stopTimeoutSeconds: 60,
  executeCommand: false,
};

function container(given: Partial<RunnerContainerValues> = {}): Readonly<Record<string, unknown>> {
  const [first] = JSON.parse(
    runnerContainerDefinitions({ ...values, ...given }),
  ) as readonly Readonly<Record<string, unknown>>[];
  return first ?? {};
}

describe("the container of a runner on ECS", () => {
  test("runs as nobody in particular, on a read-only root, without capabilities and without ports", () => {
    expect(container()).toMatchObject({
      user: "65532:65532",
      readonlyRootFilesystem: true,
      linuxParameters: { capabilities: { add: [], drop: ["ALL"] } },
      portMappings: [],
      mountPoints: [{ sourceVolume: "tmp", containerPath: "/tmp", readOnly: false }],
    });
  });

  test("gets the credentials as a secret and never as a variable", () => {
    const { secrets, environment } = container();
    expect(secrets).toEqual([{ name: "HOLDFAST_CREDENTIALS", valueFrom: values.credentialsFrom }]);
    expect(environment).toEqual([
      { name: "AWS_USE_FIPS_ENDPOINT", value: "true" },
      { name: "HOLDFAST_LOG_LEVEL", value: "info" },
    ]);
  });

  test("is asked for its health by the image's own command, as there is no port", () => {
    expect(container()["healthCheck"]).toEqual({
      command: ["CMD", "/usr/bin/holdfast-runner", "health"],
      interval: 30,
      timeout: 10,
      retries: 3,
      startPeriod: 60,
    });
  });

  test("has a writable root only with the unsafe option, which needs it", () => {
    expect(container({ executeCommand: true })["readonlyRootFilesystem"]).toBe(false);
  });

  test("equal values in another order are equal texts, so that nothing rolls for nothing", () => {
    const reordered = Object.fromEntries(Object.entries(values.environment).toReversed());
    expect(runnerContainerDefinitions({ ...values, environment: reordered })).toBe(
      runnerContainerDefinitions(values),
    );
  });

  test("other credentials are another text, even where the entry is named without a version", () => {
    const from = {
      credentialsFrom: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-AbCdEf",
    };
    const before = runnerContainerDefinitions({ ...values, ...from });
    expect(
      runnerContainerDefinitions({ ...values, ...from, credentialsFingerprint: "another" }),
    ).not.toBe(before);
  });
});
