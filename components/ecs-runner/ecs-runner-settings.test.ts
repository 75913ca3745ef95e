import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { refusalOf, settingsOf } from "../../test/support/argument-problems.ts";
import type { EcsRunnerArgs } from "./ecs-runner-args.ts";
import { type EcsRunnerSettings, readEcsRunnerSettings } from "./ecs-runner-settings.ts";

const right: EcsRunnerArgs = {
  image: `registry.example/holdfast/runner@sha256:${"a".repeat(64)}`,
  existingSecretArn: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:runner-AbCdEf",
  clusterArn: "arn:aws:ecs:eu-west-1:123456789012:cluster/production",
  vpcId: "vpc-0a1b2c3d",
  subnetIds: ["subnet-0a1b2c3d", "subnet-1a1b2c3d"],
};

function read(given: Partial<EcsRunnerArgs> = {}): EcsRunnerSettings {
  return settingsOf((check) => readEcsRunnerSettings({ ...right, ...given }, check));
}

/** The properties that a refusal names, and nothing if there is none. */
function refused(given: Partial<EcsRunnerArgs>): readonly string[] {
  const problems = refusalOf(() => read(given))?.errors ?? [];
  return problems.map(({ propertyPath }) => propertyPath);
}

describe("the arguments of EcsRunner", () => {
  test("have safe defaults", () => {
    expect(read()).toMatchObject({
      recoveryWindowDays: 7,
      logRetentionDays: 30,
      keepLogs: true,
      cpuArchitecture: "x64",
      size: { cpuMillicores: 250, memoryMebibytes: 512 },
      targetRoleArns: [],
      publicIp: false,
      executeCommand: false,
      terminationGraceSeconds: 60,
    });
  });

  test("all that is wrong is said at once, each with its property, and what was given", () => {
    const wrong = {
      clusterArn: "production",
      vpcId: "default",
      subnetIds: ["subnet-0a1b2c3d", "b"],
      kmsKeyArn: "alias/holdfast",
      existingSecretArn: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:runner",
      recoveryWindowDays: 3,
      logRetentionDays: 31,
      imageRepositoryArn: "holdfast/runner",
      targetRoleArns: ["arn:aws:iam::123456789012:role/*"],
      egressPrefixListIds: ["s3"],
      cpuMillicores: 300,
      terminationGraceSeconds: 121,
    };
    expect(refused(wrong).toSorted()).toEqual([
      "clusterArn",
      "cpuMillicores",
      "egressPrefixListIds[0]",
      "existingSecretArn",
      "imageRepositoryArn",
      "kmsKeyArn",
      "logRetentionDays",
      "recoveryWindowDays",
      "recoveryWindowDays",
      "subnetIds[1]",
      "targetRoleArns[0]",
      "terminationGraceSeconds",
      "vpcId",
    ]);
    expect(() => read(wrong)).toThrow('given: "production"');
  });

  test.each<readonly [keyof EcsRunnerArgs, readonly unknown[], readonly unknown[]]>([
    ["recoveryWindowDays", [], [7]],
    ["logRetentionDays", [1, 30, 3_653], [0, 2, 31, 3_654]],
    ["terminationGraceSeconds", [15, 120], [14, 121]],
    ["memoryMebibytes", [512, 1_024, 2_048], [256, 513, 4_096]],
    ["cpuArchitecture", ["arm64", "x64"], ["ARM64", ""]],
    ["subnetIds", [["subnet-0a"]], [[], Array.from({ length: 17 }, (_, at) => `subnet-${at}`)]],
    ["existingSecretVersionId", ["a".repeat(32)], ["AWSCURRENT"]],
    ["taskRoleArn", ["arn:aws:iam::123456789012:role/a/b"], ["arn:aws:iam::123456789012:user/a"]],
  ])("%s is judged on both sides of its bounds", (path, allowed, denied) => {
    expect(allowed.flatMap((value) => refused({ [path]: value }))).toEqual([]);
    expect(denied.map((value) => refused({ [path]: value })[0])).toEqual(denied.map(() => path));
  });

  test.each([
    [0, true],
    [1, false],
    [6, false],
    [7, true],
    [30, true],
    [31, false],
  ])("a deleted entry can be restored for %i days: %s", (recoveryWindowDays, isRight) => {
    const credentials = '{"type":"holdfast_runner_credentials","privateKey":"a"}';
    const given = { existingSecretArn: undefined, credentials, recoveryWindowDays };
    expect(refused(given)).toEqual(isRight ? [] : ["recoveryWindowDays"]);
  });

  test("what goes against each other is refused", () => {
    const taskRoleArn = "arn:aws:iam::123456789012:role/runner";
    expect(refused({ taskRoleArn, targetRoleArns: [taskRoleArn] })).toEqual(["targetRoleArns"]);
    expect(
      refused({
        taskRoleArn,
        taskRolePermissionsBoundaryArn: "arn:aws:iam::aws:policy/ReadOnlyAccess",
      }),
    ).toEqual(["taskRolePermissionsBoundaryArn"]);
    expect(
      refused({ unsafeUnrestrictedEgress: true, egressPrefixListIds: ["pl-63a5400a"] }),
    ).toEqual(["unsafeUnrestrictedEgress"]);
    const withoutEntry = { existingSecretArn: undefined, existingSecretVersionId: "a".repeat(32) };
    expect(refused(withoutEntry)).toEqual(["credentials", "existingSecretVersionId"]);
  });

  test("a list or a switch that is only known later is refused, because it decides what is made", () => {
    const later = { unsafePublicIp: pulumi.output(true), targetRoleArns: pulumi.output([]) };
    expect(refused(later as unknown as Partial<EcsRunnerArgs>).toSorted()).toEqual([
      "targetRoleArns",
      "unsafePublicIp",
    ]);
  });
});
