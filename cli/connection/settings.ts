import { resolve } from "node:path";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ConnectionSettingsSchema } from "@holdfast/protocol/generated/holdfast/v1/connection_pb.ts";
import type { CommandCall } from "../command.ts";
import { readFileUpTo } from "../files/private-file.ts";
import { parseAssignments, parseReference } from "../operation/reference.ts";

const certificateBytesMax = 256 * 1024;

type Settings = MessageInitShape<typeof ConnectionSettingsSchema>;

/**
 * The settings that the options name; undefined if there are none. The control plane says which of them
 * a provider and a mode allow.
 *
 * @throws {Failure} `cli.usage` if an option has the wrong form; `cli.file_unreadable` for a file.
 */
export async function readConnectionSettings(call: CommandCall): Promise<Settings | undefined> {
  const text = (name: string): string => call.options.text(name) ?? "";
  const aws = {
    region: text("aws-region"),
    accountId: text("aws-account-id"),
    roleArn: text("aws-role-arn"),
    externalId: text("aws-external-id"),
  };
  const gcp = {
    projectId: text("gcp-project-id"),
    serviceAccountEmail: text("gcp-service-account-email"),
  };
  const azure = {
    tenantId: text("azure-tenant-id"),
    subscriptionId: text("azure-subscription-id"),
    clientId: text("azure-client-id"),
  };
  const kubernetes = {
    apiServerUrl: text("kubernetes-api-server-url"),
    caCertificatePem: await readCertificate(call),
    audience: text("kubernetes-audience"),
  };
  const pulumi = readPulumiSettings(call);
  const settings: Settings = {
    ...(hasValue(aws) ? { aws } : {}),
    ...(hasValue(gcp) ? { gcp } : {}),
    ...(hasValue(azure) ? { azure } : {}),
    ...(hasValue(kubernetes) ? { kubernetes } : {}),
    ...(pulumi === undefined ? {} : { pulumi }),
  };
  return Object.keys(settings).length === 0 ? undefined : settings;
}

function hasValue(settings: Readonly<Record<string, string>>): boolean {
  return Object.values(settings).some((value) => value !== "");
}

function readPulumiSettings({ options }: CommandCall): Settings["pulumi"] | undefined {
  const backendUrl = options.text("pulumi-backend-url");
  const secret = options.text("pulumi-passphrase-secret");
  const environment = parseAssignments(options.list("pulumi-environment"), "--pulumi-environment");
  if (backendUrl === undefined && secret === undefined && environment.length === 0) {
    return undefined;
  }
  return {
    backendUrl: backendUrl ?? "",
    ...(secret === undefined ? {} : { passphrase: parseReference(`secret:${secret}`, "secret") }),
    environment: Object.fromEntries(
      environment.map(([name, value]) => [name, parseReference(value, "--pulumi-environment")]),
    ),
  };
}

async function readCertificate({ options, world }: CommandCall): Promise<string> {
  const path = options.text("kubernetes-ca-certificate");
  if (path === undefined) {
    return "";
  }
  const bytes = await readFileUpTo(resolve(world.folder, path), certificateBytesMax);
  return new TextDecoder().decode(bytes);
}
