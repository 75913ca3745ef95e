import { ManagedEnvironment } from "@pulumi/azure-native/app/managedEnvironment.js";
import { DiagnosticSetting } from "@pulumi/azure-native/monitor/diagnosticSetting.js";
import { NetworkSecurityGroup } from "@pulumi/azure-native/network/networkSecurityGroup.js";
import { Subnet } from "@pulumi/azure-native/network/subnet.js";
import * as pulumi from "@pulumi/pulumi";
import type { ContainerAppsSettings } from "./container-apps-settings.ts";
import type { EnvironmentSettings } from "./environment-settings.ts";
import { type NetworkSecurityRule, networkSecurityRules } from "./network-security-rules.ts";

/** Whose children are made, and what their names begin with. */
export interface ContainerAppsScope {
  readonly name: string;
  readonly parent: pulumi.Resource;
}

/** Where the app runs. */
export interface ContainerAppsEnvironment {
  readonly id: pulumi.Output<string>;
  /** Undefined in an environment that exists: only its owner knows. */
  readonly subnetId: pulumi.Output<string> | undefined;
  /** Profile of the machines; undefined in an environment that exists, whose default it is. */
  readonly workloadProfileName: string | undefined;
}

/** Name of the profile without machines of one's own, and of its type. */
const consumption = "Consumption";

/** The environment that exists, or else one that is made, with its subnet and what narrows that. */
export function containerAppsEnvironment(
  scope: ContainerAppsScope,
  settings: ContainerAppsSettings,
): ContainerAppsEnvironment {
  const { environment } = settings;
  if (environment.kind === "existing") {
    const id = pulumi.output(environment.id);
    return { id, subnetId: undefined, workloadProfileName: undefined };
  }
  const subnet = makeSubnet(scope, settings, environment);
  const { resourceGroupName, location } = settings;
  const made = new ManagedEnvironment(
    `${scope.name}-environment`,
    {
      resourceGroupName,
      location,
      zoneRedundant: environment.zoneRedundant,
      // Internal: no address of it is reachable from outside, whatever an app asks for.
      vnetConfiguration: { infrastructureSubnetId: subnet.id, internal: true },
      publicNetworkAccess: "Disabled",
      peerAuthentication: { mtls: { enabled: true } },
      workloadProfiles: [{ name: consumption, workloadProfileType: consumption }],
      // By diagnostic settings: the other way would take the workspace's key, and put it into the state.
      appLogsConfiguration: { destination: "azure-monitor" },
      tags: settings.runner.tags,
    },
    // Azure changes neither on an environment that stands: the app moves to another one.
    { parent: scope.parent, replaceOnChanges: ["vnetConfiguration", "zoneRedundant"] },
  );
  makeLog(scope, made, environment.logWorkspaceId);
  return { id: made.id, subnetId: subnet.id, workloadProfileName: consumption };
}

type OwnEnvironment = Extract<EnvironmentSettings, { readonly kind: "own" }>;

function makeSubnet(
  { name, parent }: ContainerAppsScope,
  { runner, resourceGroupName, location, credentialsPlace }: ContainerAppsSettings,
  environment: OwnEnvironment,
): Subnet {
  const { subnetCidrBlock } = environment;
  const group = new NetworkSecurityGroup(
    `${name}-network-security-group`,
    {
      resourceGroupName,
      location,
      securityRules: pulumi
        .output(subnetCidrBlock)
        .apply((block) => networkSecurityRules(runner.egress, block).map(withLists)),
      tags: runner.tags,
    },
    // Elsewhere another one: the earlier subnet keeps its rules until its runners have moved.
    { parent, replacementTrigger: subnetCidrBlock },
  );
  return new Subnet(
    `${name}-subnet`,
    {
      resourceGroupName: environment.virtualNetworkResourceGroupName,
      virtualNetworkName: environment.virtualNetworkName,
      addressPrefix: subnetCidrBlock,
      networkSecurityGroup: { id: group.id },
      delegations: [{ name: "container-apps", serviceName: "Microsoft.App/environments" }],
      serviceEndpoints:
        credentialsPlace.kind === "own vault" ? [{ service: "Microsoft.KeyVault" }] : [],
    },
    // Azure refuses other addresses while an environment is in it.
    { parent, replaceOnChanges: ["addressPrefix"] },
  );
}

/** The provider's type takes lists that could be changed. */
function withLists(rule: NetworkSecurityRule) {
  const { destinationAddressPrefixes: prefixes, destinationPortRanges: ports, ...rest } = rule;
  return {
    ...rest,
    ...(prefixes === undefined ? {} : { destinationAddressPrefixes: [...prefixes] }),
    ...(ports === undefined ? {} : { destinationPortRanges: [...ports] }),
  };
}

function makeLog(
  { name, parent }: ContainerAppsScope,
  environment: ManagedEnvironment,
  workspaceId: pulumi.Input<string> | undefined,
): void {
  if (workspaceId === undefined) {
    return;
  }
  new DiagnosticSetting(
    `${name}-log`,
    {
      resourceUri: environment.id,
      workspaceId,
      logs: [
        { category: "ContainerAppConsoleLogs", enabled: true },
        { category: "ContainerAppSystemLogs", enabled: true },
      ],
    },
    { parent },
  );
}
