import * as pulumi from "@pulumi/pulumi";
import { awsPolicyArnRule, awsRoleArnRule } from "../cross-account/aws-argument-rules.ts";
import type { ArgumentCheck } from "../runner-workload/argument-check.ts";
import { oneOfRule, patternRule } from "../runner-workload/argument-rules.ts";
import { type RunnerSettings, readRunnerSettings } from "../runner-workload/runner-settings.ts";
import { clusterArnRule } from "./cluster-identity.ts";
import {
  kmsKeyArnRule,
  logRetentionRule,
  recoveryWindowRule,
  repositoryArnRule,
  secretArnRule,
  secretVersionIdRule,
  subnetIdRule,
  subnetIdsRule,
} from "./ecs-argument-rules.ts";
import { EcsCpuArchitecture } from "./ecs-cpu-architecture.ts";
import type { EcsRunnerArgs } from "./ecs-runner-args.ts";
import { type FargateSize, fargateCpuRule, fargateSizeRule } from "./fargate-size.ts";

/** The arguments of one EcsRunner: checked, with their defaults. */
export interface EcsRunnerSettings extends RunnerSettings {
  readonly clusterArn: pulumi.Input<string>;
  readonly vpcId: pulumi.Input<string>;
  readonly subnetIds: pulumi.Input<readonly pulumi.Input<string>[]>;
  readonly kmsKeyArn: pulumi.Input<string> | undefined;
  readonly existingSecretArn: pulumi.Input<string> | undefined;
  readonly existingSecretVersionId: pulumi.Input<string> | undefined;
  readonly recoveryWindowDays: pulumi.Input<number>;
  readonly logRetentionDays: pulumi.Input<number>;
  readonly keepLogs: boolean;
  readonly imageRepositoryArn: pulumi.Input<string> | undefined;
  readonly cpuArchitecture: pulumi.Input<string>;
  readonly size: pulumi.Input<FargateSize>;
  readonly targetRoleArns: readonly pulumi.Input<string>[];
  readonly taskRoleArn: pulumi.Input<string> | undefined;
  readonly taskRolePermissionsBoundaryArn: pulumi.Input<string> | undefined;
  readonly executionRolePermissionsBoundaryArn: pulumi.Input<string> | undefined;
  readonly egressPrefixListIds: readonly string[];
  readonly publicIp: boolean;
  readonly executeCommand: boolean;
}

/** Checks all arguments; problems go to `check`, whose `finish` is the caller's to call. */
export function readEcsRunnerSettings(
  args: EcsRunnerArgs,
  check: ArgumentCheck,
): EcsRunnerSettings {
  const common = readRunnerSettings(
    args,
    {
      existingEntry: { path: "existingSecretArn", value: args.existingSecretArn },
      // Amazon ECS Developer Guide, "Task definition parameters for Fargate": stopTimeout.
      terminationGraceSecondsMax: 120,
    },
    check,
  );
  for (const path of ["keepLogs", "unsafePublicIp", "unsafeExecuteCommand"] as const) {
    check.checkPlain(path, args[path]);
  }
  return {
    ...common,
    ...readPlace(args, check),
    ...readSecretEntry(args, check),
    ...readRoles(args, check),
    size: readSize(common, check),
    logRetentionDays: check.check(
      "logRetentionDays",
      args.logRetentionDays ?? 30,
      logRetentionRule,
    ),
    keepLogs: args.keepLogs !== false,
    imageRepositoryArn: check.checkOptional(
      "imageRepositoryArn",
      args.imageRepositoryArn,
      repositoryArnRule,
    ),
    cpuArchitecture: check.check(
      "cpuArchitecture",
      args.cpuArchitecture ?? EcsCpuArchitecture.X64,
      oneOfRule(Object.values(EcsCpuArchitecture)),
    ),
    executeCommand: args.unsafeExecuteCommand === true,
  };
}

function readPlace(args: EcsRunnerArgs, check: ArgumentCheck) {
  check.checkPlain("egressPrefixListIds", args.egressPrefixListIds);
  const egressPrefixListIds = isPlain(args.egressPrefixListIds)
    ? (args.egressPrefixListIds ?? [])
    : [];
  for (const [index, id] of egressPrefixListIds.entries()) {
    check.checkPlain(
      `egressPrefixListIds[${index}]`,
      id,
      patternRule(/^pl-[0-9a-f]+$/, "the id of a prefix list, such as pl-63a5400a"),
    );
  }
  if (args.unsafeUnrestrictedEgress === true && egressPrefixListIds.length > 0) {
    check.report("unsafeUnrestrictedEgress", "must not be true together with egressPrefixListIds");
  }
  return {
    clusterArn: check.check("clusterArn", args.clusterArn, clusterArnRule),
    vpcId: check.check(
      "vpcId",
      args.vpcId,
      patternRule(/^vpc-[0-9a-f]+$/, "the id of a VPC, vpc-ID"),
    ),
    subnetIds: readSubnets(args.subnetIds, check),
    egressPrefixListIds: [...new Set(egressPrefixListIds)].toSorted(),
    publicIp: args.unsafePublicIp === true,
  };
}

function readSubnets(
  subnetIds: EcsRunnerArgs["subnetIds"],
  check: ArgumentCheck,
): EcsRunnerSettings["subnetIds"] {
  if (!Array.isArray(subnetIds)) {
    const known = pulumi.output(subnetIds) as pulumi.Output<readonly string[]>;
    return check.check("subnetIds", known, subnetIdsRule);
  }
  const ids: readonly pulumi.Input<string>[] = subnetIds;
  check.checkPlain("subnetIds", ids.length, (count) =>
    count >= 1 && count <= 16 ? undefined : "must be the ids of 1 to 16 subnets",
  );
  return ids.map((id, index) => check.check(`subnetIds[${index}]`, id, subnetIdRule));
}

function readSecretEntry(args: EcsRunnerArgs, check: ArgumentCheck) {
  if (args.existingSecretArn === undefined) {
    if (args.existingSecretVersionId !== undefined) {
      check.report("existingSecretVersionId", "must not be given without existingSecretArn");
    }
  } else if (args.recoveryWindowDays !== undefined) {
    check.report(
      "recoveryWindowDays",
      "must not be given together with existingSecretArn, whose entry is not this component's",
    );
  }
  return {
    kmsKeyArn: check.checkOptional("kmsKeyArn", args.kmsKeyArn, kmsKeyArnRule),
    existingSecretArn: check.checkOptional(
      "existingSecretArn",
      args.existingSecretArn,
      secretArnRule,
    ),
    existingSecretVersionId: check.checkOptional(
      "existingSecretVersionId",
      args.existingSecretVersionId,
      secretVersionIdRule,
    ),
    recoveryWindowDays: check.check(
      "recoveryWindowDays",
      args.recoveryWindowDays ?? 7,
      recoveryWindowRule,
    ),
  };
}

function readRoles(args: EcsRunnerArgs, check: ArgumentCheck) {
  const { taskRoleArn } = args;
  const targetRoleArns = check.checkList("targetRoleArns", args.targetRoleArns, awsRoleArnRule);
  if (taskRoleArn !== undefined) {
    for (const path of ["targetRoleArns", "taskRolePermissionsBoundaryArn"] as const) {
      if (args[path] !== undefined) {
        check.report(
          path,
          "must not be given together with taskRoleArn, to which nothing is attached",
        );
      }
    }
  }
  return {
    taskRoleArn: check.checkOptional("taskRoleArn", taskRoleArn, awsRoleArnRule),
    targetRoleArns,
    taskRolePermissionsBoundaryArn: check.checkOptional(
      "taskRolePermissionsBoundaryArn",
      args.taskRolePermissionsBoundaryArn,
      awsPolicyArnRule,
    ),
    executionRolePermissionsBoundaryArn: check.checkOptional(
      "executionRolePermissionsBoundaryArn",
      args.executionRolePermissionsBoundaryArn,
      awsPolicyArnRule,
    ),
  };
}

/** The two belong together: whether a memory is allowed depends on the processor time. */
function readSize(common: RunnerSettings, check: ArgumentCheck): pulumi.Input<FargateSize> {
  const { cpuMillicores: cpu, memoryMebibytes: memory } = common;
  const cpuMillicores = check.check("cpuMillicores", cpu, fargateCpuRule);
  const size =
    typeof cpu === "number" && typeof memory === "number"
      ? { cpuMillicores: cpu, memoryMebibytes: memory }
      : pulumi.output({ cpuMillicores, memoryMebibytes: memory });
  return check.check<FargateSize>("memoryMebibytes", size, fargateSizeRule);
}

/** False for what a caller of another language may hand over in place of a list. */
function isPlain(value: unknown): boolean {
  return value === undefined || Array.isArray(value);
}
