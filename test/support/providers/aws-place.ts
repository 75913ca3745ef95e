import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { EC2Client } from "@aws-sdk/client-ec2";
import { ECSClient } from "@aws-sdk/client-ecs";
import { IAMClient } from "@aws-sdk/client-iam";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { textOf, type Values } from "./stand-in-provider.ts";

/** Account of a provider that names none. */
const defaultAccountId = "123456789012";

/** Region of a provider that names none. */
const defaultRegion = "us-east-1";

/** Clients of one account and region of moto. */
export interface AwsClients {
  readonly iam: IAMClient;
  readonly secretsManager: SecretsManagerClient;
  readonly logs: CloudWatchLogsClient;
  readonly ec2: EC2Client;
  readonly ecs: ECSClient;
}

/** Where an instance of the provider makes things. */
export interface AwsPlace {
  readonly partition: string;
  readonly region: string;
  readonly accountId: string;
  /** Undefined unless everything is written through to moto. */
  readonly clients: AwsClients | undefined;
}

/** Tells the place from the configuration of a provider. */
export type PlaceOf = (configuration: Values) => Promise<AwsPlace>;

/**
 * Places of one stand-in. The account is the first of `allowedAccountIds`, as programs name it that use more
 * than one.
 *
 * @param endpoint moto's, to write through to it.
 */
export function awsPlaces(endpoint: string | undefined): PlaceOf {
  const clients = new Map<string, AwsClients>();
  return async (configuration) => {
    const region = textOf(configuration, "region") || defaultRegion;
    const accountId = accountIdOf(configuration);
    const place = { partition: partitionOf(region), region, accountId };
    if (endpoint === undefined) {
      return { ...place, clients: undefined };
    }
    const key = `${accountId} ${region}`;
    const made = clients.get(key) ?? (await makeClients(endpoint, region, accountId));
    clients.set(key, made);
    return { ...place, clients: made };
  };
}

function accountIdOf({ allowedAccountIds: ids }: Values): string {
  // The engine hands lists in a provider's configuration over as text.
  const list: unknown = typeof ids === "string" ? JSON.parse(ids) : ids;
  const first: unknown = Array.isArray(list) ? list[0] : undefined;
  return typeof first === "string" ? first : defaultAccountId;
}

function partitionOf(region: string): string {
  if (region.startsWith("us-gov-")) {
    return "aws-us-gov";
  }
  return region.startsWith("cn-") ? "aws-cn" : "aws";
}

async function makeClients(
  endpoint: string,
  region: string,
  accountId: string,
): Promise<AwsClients> {
  const anybody = { accessKeyId: "test", secretAccessKey: "test" };
  const credentials =
    accountId === defaultAccountId
      ? anybody
      : await enterAccount(new STSClient({ endpoint, region, credentials: anybody }), accountId);
  const options = { endpoint, region, credentials };
  return {
    iam: new IAMClient(options),
    secretsManager: new SecretsManagerClient(options),
    logs: new CloudWatchLogsClient(options),
    ec2: new EC2Client(options),
    ecs: new ECSClient(options),
  };
}

/** Moto takes the account from the role's ARN; while it does not enforce, the role need not exist. */
async function enterAccount(sts: STSClient, accountId: string) {
  const { Credentials: made } = await sts.send(
    new AssumeRoleCommand({
      RoleArn: `arn:aws:iam::${accountId}:role/OrganizationAccountAccessRole`,
      RoleSessionName: "stand-in",
    }),
  );
  return {
    accessKeyId: made?.AccessKeyId ?? "",
    secretAccessKey: made?.SecretAccessKey ?? "",
    sessionToken: made?.SessionToken ?? "",
  };
}
