import { join } from "node:path";
import type { VerifyArguments } from "./verify-arguments.ts";

/** One command of the verification. */
export interface VerifyStep {
  readonly title: string;
  readonly command: readonly [program: string, ...args: string[]];
  /** Whether its output tells a generation of credentials, which must be higher than the one before. */
  readonly tellsGeneration?: boolean;
}

/** All that is done, in order; `cleanUp` is done whatever happened before. */
export interface VerifyPlan {
  readonly stack: string;
  /** Set for every command. */
  readonly environment: Readonly<Record<string, string>>;
  readonly prepare: readonly VerifyStep[];
  readonly verify: readonly VerifyStep[];
  readonly cleanUp: readonly VerifyStep[];
}

/** Where one verification keeps its state, so that it can be destroyed later if this run is cut off. */
export interface VerifyPlace {
  /** Root of the repository. */
  readonly root: string;
  /** Folder of this verification, for its owner only. */
  readonly folder: string;
  /** Lower-case letters and digits; the stack and the runner are named with it. */
  readonly id: string;
}

/** The plan for these arguments. It contains no secret: only the names of files that hold some. */
export function verifyPlan(given: VerifyArguments, place: VerifyPlace): VerifyPlan {
  const stack = `verify-aws-${place.id}`;
  const pulumi = (title: string, ...args: string[]): VerifyStep => ({
    title,
    command: ["pulumi", ...args, "--stack", stack, "--non-interactive"],
  });
  const describe: VerifyStep = {
    title: "ask the runner who it is, through its tunnel",
    command: [
      ...([process.execPath, join(place.root, "cli/holdfast.mjs")] as const),
      ...["operation", "run", "runner.describe", "--runner", stack, "--deadline", "3m", "--json"],
    ],
    tellsGeneration: true,
  };
  return {
    stack,
    environment: environmentOf(given, place),
    prepare: [
      pulumi("make an empty stack", "stack", "init"),
      pulumi("configure it", "config", "set-all", "--path", ...configurationOf(given, stack)),
      addContext(given, place),
      pulumi("show what would be made", "preview"),
    ],
    verify: [
      pulumi("deploy, and wait for healthy tasks", "up", "--yes"),
      describe,
      pulumi("ask for other credentials", "config", "set", "holdfast:epoch", "2"),
      pulumi("rotate, and wait for healthy tasks", "up", "--yes"),
      describe,
      pulumi("see that nothing is left to do", "preview", "--expect-no-changes"),
    ],
    cleanUp: [
      pulumi("destroy everything", "destroy", "--yes"),
      pulumi("forget the stack", "stack", "rm", "--yes"),
    ],
  };
}

function environmentOf(
  { profile, region }: VerifyArguments,
  { folder }: VerifyPlace,
): Readonly<Record<string, string>> {
  return {
    AWS_PROFILE: profile,
    AWS_REGION: region,
    // Keys in the environment would win over the profile, and be somebody else's account perhaps.
    AWS_ACCESS_KEY_ID: "",
    AWS_SECRET_ACCESS_KEY: "",
    AWS_SESSION_TOKEN: "",
    PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: join(folder, "passphrase"),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    HOLDFAST_CONFIG: join(folder, "context.json"),
  };
}

function configurationOf(given: VerifyArguments, runner: string): readonly string[] {
  const lists = [
    ...given.subnetIds.map((id, index) => [`subnetIds[${index}]`, id] as const),
    ...given.targetRoleArns.map((arn, index) => [`targetRoleArns[${index}]`, arn] as const),
  ];
  const values: readonly (readonly [string, string])[] = [
    ["program", "runner-ecs"],
    ["endpoint", given.endpoint],
    ["caCertificateFile", given.caCertificateFile],
    ["apiKeyFile", given.apiKeyFile],
    ["organization", given.organization],
    ["runner", runner],
    ["epoch", "1"],
    ["image", given.image],
    ["clusterArn", given.clusterArn],
    ["vpcId", given.vpcId],
    ...lists,
    ["recoveryWindowDays", "0"],
    ["keepLogs", "false"],
  ];
  return values.flatMap(([key, value]) => ["--plaintext", `holdfast:${key}=${value}`]);
}

function addContext(given: VerifyArguments, { root }: VerifyPlace): VerifyStep {
  return {
    title: "tell the command line where the control plane is",
    command: [
      ...([process.execPath, join(root, "cli/holdfast.mjs"), "context", "add", "verify"] as const),
      ...["--endpoint", given.endpoint, "--ca-certificate", given.caCertificateFile],
      ...["--api-key-file", given.apiKeyFile, "--organization", given.organization],
    ],
  };
}

/** What a person must know before saying yes. */
export function describePlan(given: VerifyArguments, plan: VerifyPlan, folder: string): string {
  const steps = [...plan.prepare, ...plan.verify, ...plan.cleanUp];
  return `This makes real things in AWS account ${given.accountId}, region ${given.region}, profile ${given.profile}:

  1 secret of Secrets Manager, 2 IAM roles, 1 security group, 1 log group, 1 ECS service with 2 Fargate
  tasks (0.25 vCPU, 0.5 GB each) in ${given.clusterArn};
  and the runner ${plan.stack} with its service account in the organization ${given.organization} at ${given.endpoint}.

What AWS charges for, as a hint: two of the smallest tasks for about fifteen minutes, one secret and some log lines
for as long, in all a few cents; traffic through your NAT gateway or endpoints comes on top.

${steps.map(({ title }, index) => `  ${String(index + 1).padStart(2)}. ${title}`).join("\n")}

State and passphrase are in ${folder} until everything is destroyed. If this is cut off, destroy with:

  ${howToDestroy(plan)}
`;
}

/** The command that removes what an interrupted verification left. */
export function howToDestroy({ environment, stack }: VerifyPlan): string {
  const variables = Object.entries(environment)
    .filter(([, value]) => value !== "")
    .map(([name, value]) => `${name}=${value}`);
  return `${variables.join(" ")} pulumi destroy --stack ${stack}`;
}

/** The generation that `runner.describe --json` tells, or undefined if it tells none. */
export function generationIn(output: string): number | undefined {
  const found = /"credentialsGeneration":\s*(\d+)/.exec(output)?.[1];
  return found === undefined ? undefined : Number(found);
}
