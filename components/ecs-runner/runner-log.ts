import { LogGroup } from "@pulumi/aws/cloudwatch/logGroup.js";
import type * as pulumi from "@pulumi/pulumi";
import type { EcsRunnerSettings } from "./ecs-runner-settings.ts";

/** Makes the log group; one that is kept outlives the stack, and nothing in it outlives its days. */
export function runnerLog(
  parent: pulumi.ComponentResource,
  name: string,
  { logRetentionDays, keepLogs, tags }: EcsRunnerSettings,
): LogGroup {
  return new LogGroup(
    `${name}-logs`,
    { retentionInDays: logRetentionDays, tags },
    { parent, retainOnDelete: keepLogs },
  );
}
