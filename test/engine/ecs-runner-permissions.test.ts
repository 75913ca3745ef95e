import { CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeSecurityGroupsCommand,
  DescribeVpcsCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import {
  CreateClusterCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  ECSClient,
} from "@aws-sdk/client-ecs";
import {
  CreateRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListRolePoliciesCommand,
  ListRolesCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import {
  GetSecretValueCommand,
  ListSecretsCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { AssumeRoleCommand, type Credentials, STSClient } from "@aws-sdk/client-sts";
import { Provider } from "@pulumi/aws/provider.js";
import type { PulumiFn } from "@pulumi/pulumi/automation/index.js";
import { EcsRunner } from "holdfast/ecs-runner/ecs-runner.ts";
import { expect, onTestFinished, test } from "vitest";
import { startMoto } from "../support/moto-server.ts";
import { awsStandIn } from "../support/providers/aws.ts";
import { startStandIns } from "../support/providers/start-stand-ins.ts";
import { testCredentials } from "../support/test-credentials.ts";
import { makeStack, textOutput } from "./engine-world.ts";

// What EcsRunner grants, judged by moto with enforcement on: which roles the runner may take, and which actions the
// execution role has. Resources outside STS and IAM are `*` to moto: execution-role-policy.test.ts judges those.

const region = "eu-west-1";
const account = "123456789012";

/** Clients of one identity; without one, of whoever may do everything while moto does not enforce. */
function clientsOf(endpoint: string, session?: Credentials) {
  const credentials =
    session === undefined
      ? { accessKeyId: "test", secretAccessKey: "test" }
      : {
          accessKeyId: session.AccessKeyId ?? "",
          secretAccessKey: session.SecretAccessKey ?? "",
          sessionToken: session.SessionToken ?? "",
        };
  const options = { endpoint, region, credentials };
  return {
    iam: new IAMClient(options),
    sts: new STSClient(options),
    secrets: new SecretsManagerClient(options),
    ec2: new EC2Client(options),
    ecs: new ECSClient(options),
    logs: new CloudWatchLogsClient(options),
  };
}

type Clients = ReturnType<typeof clientsOf>;

/** Only a refusal is a no; anything else that goes wrong fails the test. */
async function isAllowed(answer: Promise<unknown>): Promise<boolean> {
  try {
    await answer;
    return true;
  } catch (error) {
    // Moto words refusals of its JSON services in XML, which the client cannot read: their status is what tells.
    const { $response, $metadata } = error as {
      readonly $response?: { readonly statusCode?: number };
      readonly $metadata?: { readonly httpStatusCode?: number };
    };
    if (($response?.statusCode ?? $metadata?.httpStatusCode) === 403) {
      return false;
    }
    throw error;
  }
}

async function makePlace({ ec2, ecs, iam }: Clients) {
  const { Vpc: vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16" }));
  const vpcId = vpc?.VpcId ?? "";
  const subnets = await Promise.all(
    ["10.0.0.0/24", "10.0.1.0/24"].map(async (block) => {
      const request = new CreateSubnetCommand({ VpcId: vpcId, CidrBlock: block });
      return (await ec2.send(request)).Subnet?.SubnetId ?? "";
    }),
  );
  const cluster = await ecs.send(new CreateClusterCommand({ clusterName: "production" }));
  // Roles that trust everybody: what is asked is whether the runner's own policy lists them.
  const everybody = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
  };
  for (const name of ["listed", "unlisted"]) {
    const trust = JSON.stringify(everybody);
    await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: trust }));
  }
  return { vpcId, subnetIds: subnets, clusterArn: cluster.cluster?.clusterArn ?? "" };
}

async function takeRole({ sts }: Clients, roleArn: string): Promise<Credentials | undefined> {
  const request = new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: "test" });
  return (await sts.send(request)).Credentials;
}

/** A role with the actions of the execution role's policy on every resource, which is all that moto can judge. */
async function withActionsOf({ iam }: Clients, roleArn: string): Promise<string> {
  const roleName = roleArn.split("/").at(-1) ?? "";
  const { PolicyNames: [policyName = ""] = [] } = await iam.send(
    new ListRolePoliciesCommand({ RoleName: roleName }),
  );
  const answer = await iam.send(
    new GetRolePolicyCommand({ RoleName: roleName, PolicyName: policyName }),
  );
  const policy = JSON.parse(decodeURIComponent(answer.PolicyDocument ?? "")) as {
    readonly Statement: readonly { readonly Action: readonly string[] }[];
  };
  const statements = policy.Statement.map(({ Action }) => ({
    Effect: "Allow",
    Action,
    Resource: "*",
  }));
  const trust = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
  });
  await iam.send(new CreateRoleCommand({ RoleName: "judged", AssumeRolePolicyDocument: trust }));
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: "judged",
      PolicyName: "judged",
      PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: statements }),
    }),
  );
  return `arn:aws:iam::${account}:role/judged`;
}

test("a server that nobody here wrote takes what the component makes, and grants what it says", async () => {
  const moto = await startMoto();
  onTestFinished(moto.stop);
  const administrator = clientsOf(moto.endpoint);
  const place = await makePlace(administrator);
  const cloud = await startStandIns([awsStandIn({ moto })]);
  onTestFinished(async () => await cloud.stop());
  const stack = await makeStack({ environment: cloud.environment });
  const contentOf = (generation: number): string => JSON.stringify(testCredentials({ generation }));
  const program = (generation: number): PulumiFn => {
    return async () => {
      const provider = new Provider("aws", { region });
      const runner = new EcsRunner(
        "runner",
        {
          ...place,
          image: `${account}.dkr.ecr.${region}.amazonaws.com/holdfast@sha256:${"a".repeat(64)}`,
          credentials: contentOf(generation),
          targetRoleArns: [`arn:aws:iam::${account}:role/listed`],
          tags: { team: "platform" },
        },
        { providers: [provider] },
      );
      const { identityPrincipal, executionRoleArn, secretReference, workloadName } = runner;
      const { taskDefinitionArn, securityGroupId } = runner;
      return await Promise.resolve({
        ...{ identityPrincipal, executionRoleArn, secretReference, workloadName },
        ...{ taskDefinitionArn, securityGroupId },
      });
    };
  };
  const first = await stack.up(program(1));

  // What was made, as the server tells it.
  const describeService = new DescribeServicesCommand({
    cluster: place.clusterArn,
    services: [textOutput(first, "workloadName")],
  });
  const { services: [service] = [] } = await administrator.ecs.send(describeService);
  expect(service).toMatchObject({ desiredCount: 2, launchType: "FARGATE" });
  const { SecurityGroups: [group] = [] } = await administrator.ec2.send(
    new DescribeSecurityGroupsCommand({ GroupIds: [textOutput(first, "securityGroupId")] }),
  );
  expect(group?.IpPermissions).toEqual([]);
  const ports = group?.IpPermissionsEgress?.map(({ FromPort, IpRanges }) => [
    FromPort,
    IpRanges?.[0]?.CidrIp,
  ]);
  expect(ports?.toSorted()).toEqual([443, 8_443, 8_444].map((port) => [port, "0.0.0.0/0"]));

  // Sessions are taken while everybody may take any role; ECS itself is what their trust names.
  const identity = await takeRole(administrator, textOutput(first, "identityPrincipal"));
  const judged = await withActionsOf(administrator, textOutput(first, "executionRoleArn"));
  const execution = await takeRole(administrator, judged);
  await moto.enforce(true);

  const runner = clientsOf(moto.endpoint, identity);
  const secretId = textOutput(first, "secretReference");
  const assume = (name: string): Promise<unknown> =>
    takeRole(runner, `arn:aws:iam::${account}:role/${name}`);
  expect(await isAllowed(assume("listed"))).toBe(true);
  expect(await isAllowed(assume("unlisted"))).toBe(false);
  const read = new GetSecretValueCommand({ SecretId: secretId });
  expect(await isAllowed(runner.secrets.send(read))).toBe(false);
  expect(await isAllowed(runner.iam.send(new ListRolesCommand({})))).toBe(false);
  expect(await isAllowed(runner.ec2.send(new DescribeVpcsCommand({})))).toBe(false);

  const starter = clientsOf(moto.endpoint, execution);
  const write = new PutSecretValueCommand({ SecretId: secretId, SecretString: "other" });
  expect(await isAllowed(starter.secrets.send(read))).toBe(true);
  expect(await isAllowed(starter.secrets.send(write))).toBe(false);
  expect(await isAllowed(starter.secrets.send(new ListSecretsCommand({})))).toBe(false);
  expect(await isAllowed(starter.logs.send(new DescribeLogGroupsCommand({})))).toBe(false);
  expect(await isAllowed(takeRole(starter, `arn:aws:iam::${account}:role/listed`))).toBe(false);

  await moto.enforce(false);
  const second = await stack.up(program(2));

  // The new version is current, the old one is kept, and the new revision names the new one.
  const { Versions: versions = [] } = await administrator.secrets.send(
    new ListSecretVersionIdsCommand({ SecretId: secretId }),
  );
  const withStage = (stage: string): string | undefined =>
    versions.find(({ VersionStages }) => VersionStages?.includes(stage) === true)?.VersionId;
  const contents = await Promise.all(
    ["AWSCURRENT", "AWSPREVIOUS"].map(async (stage) => {
      const request = new GetSecretValueCommand({ SecretId: secretId, VersionStage: stage });
      return (await administrator.secrets.send(request)).SecretString;
    }),
  );
  expect(contents).toEqual([contentOf(2), contentOf(1)]);
  const { taskDefinition } = await administrator.ecs.send(
    new DescribeTaskDefinitionCommand({ taskDefinition: textOutput(second, "taskDefinitionArn") }),
  );
  expect(taskDefinition?.containerDefinitions?.[0]?.secrets).toEqual([
    { name: "HOLDFAST_CREDENTIALS", valueFrom: `${secretId}:::${withStage("AWSCURRENT")}` },
  ]);
  expect(taskDefinition?.containerDefinitions?.[0]).toMatchObject({
    readonlyRootFilesystem: true,
    user: "65532:65532",
    linuxParameters: { capabilities: { drop: ["ALL"] } },
  });

  await stack.destroy();
  // ECS keeps what it knows of a deleted service for a while.
  const { services: [deleted] = [] } = await administrator.ecs.send(describeService);
  expect(deleted?.status).toBe("INACTIVE");
  const { Roles: roles = [] } = await administrator.iam.send(new ListRolesCommand({}));
  const { SecretList: secrets = [] } = await administrator.secrets.send(new ListSecretsCommand({}));
  const { logGroups = [] } = await administrator.logs.send(new DescribeLogGroupsCommand({}));
  expect(roles.map(({ RoleName }) => RoleName).toSorted()).toEqual([
    "judged",
    "listed",
    "unlisted",
  ]);
  expect(secrets).toEqual([]);
  expect(logGroups.map(({ retentionInDays }) => retentionInDays)).toEqual([30]);
});
