import { SecurityGroup } from "@pulumi/aws/ec2/securityGroup.js";
import { SecurityGroupEgressRule } from "@pulumi/aws/vpc/securityGroupEgressRule.js";
import type * as pulumi from "@pulumi/pulumi";
import type { RunnerEgress } from "../runner-workload/runner-settings.ts";
import type { EcsRunnerSettings } from "./ecs-runner-settings.ts";

/** One way out. */
export interface EgressRule {
  /** What the rule allows, as text: the key that its resource is named by. */
  readonly key: string;
  readonly description: string;
  /** A TCP port, or undefined for every port and protocol. */
  readonly port: number | undefined;
  readonly target:
    | { readonly cidrIpv4: string }
    | { readonly cidrIpv6: string }
    | { readonly prefixListId: string };
}

/**
 * The ways out, one for each port and network, so that a change of one leaves the others alone.
 *
 * @param egress undefined for anywhere.
 */
export function egressRules(
  egress: RunnerEgress,
  prefixListIds: readonly string[],
): readonly EgressRule[] {
  if (egress === undefined) {
    return ["0.0.0.0/0", "::/0"].map((cidrBlock) => rule(undefined, cidrBlock));
  }
  return [
    ...egress.ports.flatMap((port) => egress.cidrBlocks.map((cidrBlock) => rule(port, cidrBlock))),
    ...prefixListIds.map((prefixListId) => ({
      key: `443-${prefixListId}`,
      description: `TCP 443 to ${prefixListId}`,
      port: 443,
      target: { prefixListId },
    })),
  ];
}

function rule(port: number | undefined, cidrBlock: string): EgressRule {
  const what = port ?? "any";
  return {
    // "/" and ":" separate parts of a URN.
    key: `${what}-${cidrBlock.replace("/", "_").replaceAll(":", "-")}`,
    description: port === undefined ? `Anything to ${cidrBlock}` : `TCP ${port} to ${cidrBlock}`,
    port,
    target: cidrBlock.includes(":") ? { cidrIpv6: cidrBlock } : { cidrIpv4: cidrBlock },
  };
}

/** The firewall around each task, and what must exist before one starts. */
export interface RunnerNetwork {
  readonly securityGroup: SecurityGroup;
  readonly rules: readonly pulumi.Resource[];
}

/** Makes a security group that lets nothing in. */
export function runnerNetwork(
  parent: pulumi.ComponentResource,
  name: string,
  settings: EcsRunnerSettings,
): RunnerNetwork {
  const { tags } = settings;
  const securityGroup = new SecurityGroup(
    `${name}-security-group`,
    {
      // Another text would replace the group.
      description: "Holdfast runner: nothing comes in",
      vpcId: settings.vpcId,
      revokeRulesOnDelete: true,
      tags,
    },
    { parent },
  );
  const rules = egressRules(settings.egress, settings.egressPrefixListIds).map(
    ({ key, description, port, target }) =>
      new SecurityGroupEgressRule(
        `${name}-egress-${key}`,
        {
          securityGroupId: securityGroup.id,
          description,
          ...(port === undefined
            ? { ipProtocol: "-1" }
            : { ipProtocol: "tcp", fromPort: port, toPort: port }),
          ...target,
          tags,
        },
        { parent },
      ),
  );
  return { securityGroup, rules };
}
