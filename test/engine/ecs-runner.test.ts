import { Provider } from "@pulumi/aws/provider.js";
import * as pulumi from "@pulumi/pulumi";
import type { PulumiFn } from "@pulumi/pulumi/automation/index.js";
import { RandomId } from "@pulumi/random/randomId.js";
import { EcsRunner } from "holdfast/ecs-runner/ecs-runner.ts";
import type { EcsRunnerArgs } from "holdfast/ecs-runner/ecs-runner-args.ts";
import { expect, onTestFinished, test } from "vitest";
import { awsStandIn, unableToAssumeRole } from "../support/providers/aws.ts";
import { randomStandIn } from "../support/providers/random.ts";
import type { StandInObject } from "../support/providers/stand-in-provider.ts";
import type { StandInCall } from "../support/providers/stand-in-world.ts";
import { type StandIns, startStandIns } from "../support/providers/start-stand-ins.ts";
import { testCredentials } from "../support/test-credentials.ts";
import { makeStack, type TestStack, type TestUpdate, textOutput } from "./engine-world.ts";
import { changesOf, commonOutputs } from "./runner-world.ts";

// EcsRunner on the real engine. The cloud is the stand-in of test/support/providers/aws.ts, which says what that
// does not prove; ecs-runner-permissions.test.ts has a server judge what the roles may do.

const secretVersion = "aws:secretsmanager/secretVersion:SecretVersion";
const taskDefinition = "aws:ecs/taskDefinition:TaskDefinition";
const service = "aws:ecs/service:Service";

const args: EcsRunnerArgs = {
  image: `123456789012.dkr.ecr.eu-west-1.amazonaws.com/holdfast/runner@sha256:${"a".repeat(64)}`,
  clusterArn: "arn:aws:ecs:eu-west-1:123456789012:cluster/production",
  vpcId: "vpc-0a1b2c3d",
  subnetIds: ["subnet-1a1b2c3d", "subnet-0a1b2c3d"],
  targetRoleArns: ["arn:aws:iam::210987654321:role/target"],
  tags: { team: "platform" },
};

/** Credentials of one generation; every text in them that must never be seen begins with `canary`. */
function credentials(generation: number): string {
  const privateKey = `canary-key-${generation}`;
  return JSON.stringify(
    testCredentials({ generation, privateKey, apiKey: `canary-${generation}` }),
  );
}

function programWith(
  given: Partial<EcsRunnerArgs>,
  options: pulumi.ComponentResourceOptions = {},
  name = "runner",
): PulumiFn {
  return async () => {
    const provider = new Provider("aws", { region: "eu-west-1" });
    const runner = new EcsRunner(
      name,
      { ...args, ...given },
      { ...options, providers: [provider] },
    );
    return await Promise.resolve(commonOutputs(runner));
  };
}

async function startWorld(): Promise<{ readonly stack: TestStack; readonly cloud: StandIns }> {
  const cloud = await startStandIns([awsStandIn(), randomStandIn()]);
  onTestFinished(async () => await cloud.stop());
  return { cloud, stack: await makeStack({ environment: cloud.environment }) };
}

/** Each changed resource once, as `op logical-name`, sorted. */
function stepsOf({ steps }: TestUpdate): readonly string[] {
  const seen = steps
    .filter(({ op }) => ["create", "update", "replace", "delete"].includes(op))
    .map(({ op, name }) => `${op} ${name}`);
  return [...new Set(seen)].toSorted();
}

function only(cloud: StandIns, token: string): StandInObject {
  const found = cloud.objects.filter((object) => object.token === token);
  const [first] = found;
  if (first === undefined || found.length !== 1) {
    throw new Error(`there are ${found.length} of ${token}`);
  }
  return first;
}

/** The version that the tasks of the service start with. */
function versionInUse(cloud: StandIns): string {
  const { taskDefinition: arn } = only(cloud, service).outputs;
  const definition = cloud.objects.find(({ token, id }) => token === taskDefinition && id === arn);
  return /:::([\w-]+)"/.exec(String(definition?.inputs["containerDefinitions"]))?.[1] ?? "";
}

function contentOf(cloud: StandIns, versionId: string): unknown {
  return cloud.objects.find(({ outputs }) => outputs["versionId"] === versionId)?.inputs[
    "secretString"
  ];
}

test("a runner stands with all that it needs, stays as it is, and leaves its log and nothing else", async () => {
  const { stack, cloud } = await startWorld();
  const program = programWith({ credentials: credentials(1) });
  const isService = ({ token, method }: StandInCall): boolean =>
    token === service && method === "create";
  cloud.failOnce(isService, unableToAssumeRole);

  const made = await stack.up(program);

  expect((await stack.resources()).map(({ urn }) => urn.split("::").slice(2).join("::"))).toEqual(
    golden,
  );
  const order = changesOf(cloud.calls);
  // The first try is the one that is answered with "unable to assume".
  const tasksStart = order.indexOf("create runner-service");
  for (const before of ["execution-policy", "task-policy", "egress-8443-0.0.0.0_0", "logs"]) {
    expect(order.indexOf(`create runner-${before}`), before).toBeLessThan(tasksStart);
    expect(order, before).toContain(`create runner-${before}`);
  }
  expect(order.filter((call) => call === "create runner-service")).toHaveLength(2);
  expect(only(cloud, service).inputs).toMatchObject({
    desiredCount: 2,
    waitForSteadyState: true,
    deploymentCircuitBreaker: { enable: true, rollback: true },
    enableExecuteCommand: false,
    availabilityZoneRebalancing: "ENABLED",
    networkConfiguration: {
      assignPublicIp: false,
      subnets: ["subnet-0a1b2c3d", "subnet-1a1b2c3d"],
    },
  });
  expect(only(cloud, "aws:ec2/securityGroup:SecurityGroup").inputs).not.toHaveProperty("ingress");
  expect(contentOf(cloud, versionInUse(cloud))).toBe(credentials(1));
  expect(textOutput(made, "identityPrincipal")).toMatch(
    /^arn:aws:iam::123456789012:role\/runner-task-role-[0-9a-f]{7}$/,
  );
  expect(textOutput(made, "secretReference")).toBe(
    only(cloud, "aws:secretsmanager/secret:Secret").id,
  );
  expect(textOutput(made, "credentialsFingerprint")).toMatch(/^[0-9a-f]{16}$/);
  expect(textOutput(made, "workloadName")).toMatch(/^runner-service-[0-9a-f]{7}$/);
  const tagged = cloud.objects.filter(({ inputs }) => "tags" in inputs).map(({ token }) => token);
  expect(new Set(tagged).size).toBe(7);
  expect((await stack.exportedState()) + made.text).not.toContain("canary");
  expect(await stack.backendText()).not.toContain("canary");

  expect((await stack.up(program)).changes).toEqual({});

  await stack.destroy();
  const left = cloud.objects.map(({ token }) => token);
  // The version went with its secret, in the cloud; the log stays for its thirty days.
  expect(left.toSorted()).toEqual(["aws:cloudwatch/logGroup:LogGroup", secretVersion]);
});

test("other credentials replace the version and the revision, in an order that leaves no gap", async () => {
  const { stack, cloud } = await startWorld();
  await stack.up(programWith({ credentials: credentials(1) }));
  const before = versionInUse(cloud);
  cloud.forgetCalls();

  const rotated = await stack.up(programWith({ credentials: credentials(2) }));

  expect(stepsOf(rotated)).toEqual([
    "replace runner-credentials-version",
    "replace runner-task-definition",
    "update runner-service",
  ]);
  expect(changesOf(cloud.calls)).toEqual([
    "create runner-credentials-version",
    "create runner-task-definition",
    "update runner-service",
    "delete runner-task-definition",
  ]);
  expect(contentOf(cloud, versionInUse(cloud))).toBe(credentials(2));
  // A deployment that is rolled back by ECS starts the old revision, which names the old version.
  expect(contentOf(cloud, before)).toBe(credentials(1));
  expect(await stack.backendText()).not.toContain("canary");
});

test("whatever fails in a rotation, the old runner stays as it is and the next update finishes", async () => {
  const { stack, cloud } = await startWorld();
  await stack.up(programWith({ credentials: credentials(0) }));
  const failures = [
    { method: "create", token: secretVersion, moved: false },
    { method: "create", token: taskDefinition, moved: false },
    { method: "update", token: service, moved: false },
    { method: "update", token: service, moved: true, isPartial: true },
    { method: "delete", token: taskDefinition, moved: true },
  ] as const;
  for (const [index, { method, token, moved, ...how }] of failures.entries()) {
    const old = versionInUse(cloud);
    const program = programWith({ credentials: credentials(index + 1) });
    cloud.failOnce(
      (call) => call.method === method && call.token === token,
      "ThrottlingException",
      how,
    );

    expect(await stack.failure(program)).toContain("ThrottlingException");

    const step = `${method} ${token}`;
    expect(contentOf(cloud, old), step).toBe(credentials(index));
    expect(versionInUse(cloud) === old, step).toBe(!moved);
    await stack.up(program);
    expect(contentOf(cloud, versionInUse(cloud)), step).toBe(credentials(index + 1));
    expect(cloud.objects.filter((object) => object.token === taskDefinition)).toHaveLength(1);
    expect((await stack.preview(program))["update"], step).toBeUndefined();
  }
  expect(await stack.backendText()).not.toContain("canary");
});

test("an entry that exists is only named, and its own token rolls the runner", async () => {
  const { stack, cloud } = await startWorld();
  const existingSecretArn =
    "arn:aws:secretsmanager:eu-west-1:123456789012:secret:team/runner-AbCdEf";
  const given = {
    existingSecretArn,
    keepLogs: false,
    taskRoleArn: "arn:aws:iam::123456789012:role/r",
  };
  const { targetRoleArns: _, ...rest } = args;
  const program = (more: Partial<EcsRunnerArgs>): PulumiFn => {
    return async () => {
      const provider = new Provider("aws", { region: "eu-west-1" });
      const { identityPrincipal } = new EcsRunner(
        "runner",
        { ...rest, ...given, ...more },
        { providers: [provider] },
      );
      return await Promise.resolve({ identityPrincipal });
    };
  };
  const made = await stack.up(program({ rolloutToken: "1" }));
  expect(made.outputs).toEqual({ identityPrincipal: given.taskRoleArn });
  const tokens = cloud.objects.map(({ token }) => token);
  expect(tokens.filter((token) => token.includes("secretsmanager"))).toEqual([]);
  // The role that starts it, and none that it is.
  expect(tokens.filter((token) => token === "aws:iam/role:Role")).toHaveLength(1);
  const policy = only(cloud, "aws:iam/rolePolicy:RolePolicy").inputs["policy"];
  expect(policy).toContain(`"Resource":["${existingSecretArn}"]`);

  const rolled = await stack.up(program({ rolloutToken: "2" }));
  expect(stepsOf(rolled)).toEqual(["replace runner-task-definition", "update runner-service"]);

  const opened = await stack.up(
    program({
      rolloutToken: "2",
      egressPorts: [443, 8443],
      egressCidrBlocks: ["10.0.0.0/8", "0.0.0.0/0"],
    }),
  );
  expect(stepsOf(opened)).toEqual([
    "create runner-egress-443-10.0.0.0_8",
    "create runner-egress-8443-10.0.0.0_8",
    "delete runner-egress-8444-0.0.0.0_0",
  ]);
  await stack.destroy();
  expect(cloud.objects).toEqual([]);
});

test("options of the component reach what it is made of, and an alias renames it without making anything a second time", async () => {
  const { stack, cloud } = await startWorld();
  const given = { credentials: credentials(1) };
  await stack.up(programWith(given));
  const transform: pulumi.ResourceTransform = ({ type, props, opts }) =>
    type === service ? { props: { ...props, desiredCount: 5 }, opts } : undefined;

  const scaled = await stack.up(programWith(given, { transforms: [transform], protect: true }));

  expect(stepsOf(scaled)).toEqual(["update runner-service"]);
  expect(only(cloud, service).inputs["desiredCount"]).toBe(5);
  expect(cloud.objects.every(({ configuration }) => configuration["region"] === "eu-west-1")).toBe(
    true,
  );
  const children = (await stack.resources()).filter(({ type }) => type.startsWith("aws:"));
  expect(children.every(({ protect }) => protect)).toBe(true);

  const renamed = await stack.preview(
    programWith(given, { transforms: [transform], aliases: [{ name: "runner" }] }, "other"),
  );
  expect(Object.keys(renamed)).not.toContain("delete");
  expect(Object.keys(renamed)).not.toContain("create");
});

test("what is only known later is neither guessed at preview nor passed unchecked", async () => {
  const { stack, cloud } = await startWorld();
  const later = (suffix: pulumi.Output<string>): Partial<EcsRunnerArgs> => ({
    credentials: pulumi.interpolate`{"type":"holdfast_runner_credentials","privateKey":"canary-${suffix}"}`,
    vpcId: pulumi.interpolate`vpc-${suffix}`,
    subnetIds: suffix.apply((text) => [`subnet-${text}`, `subnet-${text}0`]),
    cpuMillicores: suffix.apply(() => 500),
    memoryMebibytes: suffix.apply(() => 1_024),
  });
  const program = (change: (given: Partial<EcsRunnerArgs>) => Partial<EcsRunnerArgs>): PulumiFn => {
    return async () => {
      const { hex } = new RandomId("id", { byteLength: 4 });
      await programWith({ replicas: 1, ...change(later(hex)) })();
    };
  };
  expect(await stack.preview(program((given) => given))).toEqual({ create: 17 });
  const wrong = program((given) => ({
    ...given,
    memoryMebibytes: pulumi.output(given.memoryMebibytes).apply(() => 512),
  }));
  expect(await stack.failure(wrong)).toContain(
    "memoryMebibytes must be from 1024 to 4096 in steps of 1024 where cpuMillicores is 500",
  );
  expect(cloud.objects.some(({ token }) => token === taskDefinition)).toBe(false);
  await stack.up(program((given) => given));
  expect(only(cloud, taskDefinition).inputs).toMatchObject({ cpu: "512", memory: "1024" });
  expect(await stack.backendText()).not.toContain("canary");
});

/** Identity of each resource: another one is another resource, and needs an alias. */
const golden: readonly string[] = [
  "holdfast:index:EcsRunner$aws:cloudwatch/logGroup:LogGroup::runner-logs",
  "holdfast:index:EcsRunner$aws:ec2/securityGroup:SecurityGroup::runner-security-group",
  "holdfast:index:EcsRunner$aws:ecs/service:Service::runner-service",
  "holdfast:index:EcsRunner$aws:ecs/taskDefinition:TaskDefinition::runner-task-definition",
  "holdfast:index:EcsRunner$aws:iam/role:Role::runner-execution-role",
  "holdfast:index:EcsRunner$aws:iam/role:Role::runner-task-role",
  "holdfast:index:EcsRunner$aws:iam/rolePolicy:RolePolicy::runner-execution-policy",
  "holdfast:index:EcsRunner$aws:iam/rolePolicy:RolePolicy::runner-task-policy",
  "holdfast:index:EcsRunner$aws:secretsmanager/secret:Secret::runner-credentials",
  "holdfast:index:EcsRunner$aws:secretsmanager/secretVersion:SecretVersion::runner-credentials-version",
  "holdfast:index:EcsRunner$aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule::runner-egress-443-0.0.0.0_0",
  "holdfast:index:EcsRunner$aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule::runner-egress-8443-0.0.0.0_0",
  "holdfast:index:EcsRunner$aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule::runner-egress-8444-0.0.0.0_0",
  "holdfast:index:EcsRunner::runner",
  "pulumi:providers:aws::aws",
];
