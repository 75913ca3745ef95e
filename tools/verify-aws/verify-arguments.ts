import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { PartFailure } from "../parts/part-failure.ts";

/** What the verification needs to know; paths are absolute. */
export interface VerifyArguments {
  /** Profile of the AWS configuration whose credentials are used. */
  readonly profile: string;
  readonly region: string;
  /** 12 digits; typed again before anything is made. */
  readonly accountId: string;
  readonly clusterArn: string;
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
  readonly image: string;
  readonly targetRoleArns: readonly string[];
  /** Host and port of the control plane's API, which the runner reaches too. */
  readonly endpoint: string;
  readonly caCertificateFile: string;
  readonly apiKeyFile: string;
  readonly organization: string;
  /** Leaves everything standing if something fails, for a look at it. */
  readonly keepOnFailure: boolean;
}

/** What `--help` prints. */
export const verifyUsage = `npm run verify:aws -- --profile NAME --region REGION --account ID ...

Deploys stacks/runner-ecs into a real account as a stack of its own, waits until the runner is connected, runs
runner.describe, rotates its credentials, runs it again, and destroys everything.

  --profile NAME             profile of your AWS configuration (never a default one)
  --region REGION            region of the cluster
  --account ID               account of the cluster; you are asked to type it again
  --cluster-arn ARN          ECS cluster that exists
  --vpc-id ID                its network
  --subnet-ids ID,ID         private subnets with a way out
  --image NAME@sha256:...    image of the runner that these can pull
  --endpoint HOST:PORT       API of a control plane that your machine and the runner reach
  --ca-certificate-file F    PEM that its certificate is checked against
  --api-key-file F           your API key, 0600
  --organization NAME        organization to make a throw-away runner in
  --target-role-arns A,B     roles that the runner may take (default: none)
  --keep-on-failure          destroy nothing if something fails
`;

const needed = [
  ...["profile", "region", "account", "cluster-arn", "vpc-id", "subnet-ids", "image"],
  ...["endpoint", "ca-certificate-file", "api-key-file", "organization"],
] as const;

const text = { type: "string" } as const;

/**
 * Reads the command line.
 *
 * @param folder what relative paths are relative to.
 * @throws {PartFailure} saying everything that is missing or wrong.
 */
export function readVerifyArguments(argv: readonly string[], folder: string): VerifyArguments {
  const values = parse(argv);
  const missing = needed.filter((name) => (values[name] ?? "") === "");
  const problems = [
    ...missing.map((name) => `--${name} is needed`),
    ...placeProblems(values["cluster-arn"], values["region"], values["account"]),
  ];
  if (problems.length > 0) {
    throw new PartFailure(`Nothing was done: ${problems.join("; ")}.`, {
      advice: "see --help; there is no default for anything that decides where things are made.",
    });
  }
  const read = (name: string): string => values[name] ?? "";
  return {
    profile: read("profile"),
    region: read("region"),
    accountId: read("account"),
    clusterArn: read("cluster-arn"),
    vpcId: read("vpc-id"),
    subnetIds: list(read("subnet-ids")),
    image: read("image"),
    targetRoleArns: list(read("target-role-arns")),
    endpoint: read("endpoint"),
    caCertificateFile: resolve(folder, read("ca-certificate-file")),
    apiKeyFile: resolve(folder, read("api-key-file")),
    organization: read("organization"),
    keepOnFailure: argv.includes("--keep-on-failure"),
  };
}

function parse(argv: readonly string[]): Readonly<Record<string, string | undefined>> {
  const names = [...needed, "target-role-arns"];
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        ...Object.fromEntries(names.map((name) => [name, text])),
        "keep-on-failure": { type: "boolean" },
      },
      strict: true,
    });
    const texts = Object.entries(values).map(([name, value]) => [name, value.toString()] as const);
    return Object.fromEntries(texts);
  } catch (cause) {
    const happened = cause instanceof Error ? cause.message : String(cause);
    throw new PartFailure(`Nothing was done: ${happened}.`, { advice: "see --help.", cause });
  }
}

/** The three must tell of one place, so that a slip in one of them stops here. */
function placeProblems(clusterArn = "", region = "", account = ""): readonly string[] {
  if (clusterArn === "" || region === "" || account === "") {
    return [];
  }
  const [, , service, clusterRegion, clusterAccount] = clusterArn.split(":");
  if (service !== "ecs") {
    return ["--cluster-arn is no ARN of an ECS cluster"];
  }
  return [
    ...(clusterRegion === region ? [] : [`--region is not that of the cluster, ${clusterRegion}`]),
    ...(clusterAccount === account
      ? []
      : [`--account is not that of the cluster, ${clusterAccount}`]),
  ];
}

function list(value: string): readonly string[] {
  return value
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "");
}
