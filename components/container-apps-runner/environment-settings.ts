import type * as pulumi from "@pulumi/pulumi";
import type { ArgumentCheck, Rule } from "../runner-workload/argument-check.ts";
import { cidrBlockRule, patternRule } from "../runner-workload/argument-rules.ts";
import type { ContainerAppsRunnerArgs } from "./container-apps-runner-args.ts";

/** Where the app runs: an environment that exists, or one that is made in a subnet of its own. */
export type EnvironmentSettings =
  | { readonly kind: "existing"; readonly id: pulumi.Input<string> }
  | {
      readonly kind: "own";
      readonly virtualNetworkName: pulumi.Input<string>;
      readonly virtualNetworkResourceGroupName: pulumi.Input<string>;
      readonly subnetCidrBlock: pulumi.Input<string>;
      readonly zoneRedundant: pulumi.Input<boolean>;
      readonly logWorkspaceId: pulumi.Input<string> | undefined;
    };

const environmentIdRule: Rule<string> = patternRule(
  /^\/subscriptions\/[^/\s]+\/resource[gG]roups\/[^/\s]+\/providers\/Microsoft\.App\/managedEnvironments\/[^/\s]+$/,
  "the resource id of an environment: /subscriptions/GUID/resourceGroups/NAME/providers/Microsoft.App/managedEnvironments/NAME",
);

const workspaceIdRule: Rule<string> = patternRule(
  /^\/subscriptions\/[^/\s]+\/resource[gG]roups\/[^/\s]+\/providers\/Microsoft\.OperationalInsights\/workspaces\/[^/\s]+$/,
  "the resource id of a Log Analytics workspace: /subscriptions/GUID/resourceGroups/NAME/providers/Microsoft.OperationalInsights/workspaces/NAME",
);

/** The smallest subnet of an environment (Container Apps, "Networking in an environment", "Subnet"). */
const subnetRule: Rule<string> = (block) => {
  const problem = cidrBlockRule(block);
  if (problem !== undefined) {
    return problem;
  }
  return block.includes(":") || Number(block.split("/")[1]) > 27
    ? "must be an IPv4 network of /27 or larger"
    : undefined;
};

/** Checks where the app is to run, and what narrows its egress there; problems go to `check`. */
export function readEnvironment(
  args: ContainerAppsRunnerArgs,
  check: ArgumentCheck,
): EnvironmentSettings {
  const { network, environmentId } = args;
  check.checkPlain("network", network);
  check.checkPlain("environmentNarrowsEgress", args.environmentNarrowsEgress);
  if ((network === undefined) === (environmentId === undefined)) {
    const given = network === undefined ? "neither" : "both";
    check.report("network", `must be given, or else environmentId; given: ${given}`);
  }
  if (environmentId !== undefined) {
    checkForeignEgress(args, check);
    return {
      kind: "existing",
      id: check.check("environmentId", environmentId, environmentIdRule),
    };
  }
  if (args.environmentNarrowsEgress !== undefined) {
    check.report("environmentNarrowsEgress", "must be left out without environmentId");
  }
  return {
    kind: "own",
    virtualNetworkName: network?.virtualNetworkName ?? "",
    virtualNetworkResourceGroupName:
      network?.virtualNetworkResourceGroupName ?? args.resourceGroupName,
    subnetCidrBlock:
      network === undefined
        ? ""
        : check.check("network.subnetCidrBlock", network.subnetCidrBlock, subnetRule),
    zoneRedundant: network?.zoneRedundant ?? true,
    logWorkspaceId: check.checkOptional(
      "network.logWorkspaceId",
      network?.logWorkspaceId,
      workspaceIdRule,
    ),
  };
}

/** An environment that exists narrows its apps' egress or does not: no argument of an app changes that. */
function checkForeignEgress(args: ContainerAppsRunnerArgs, check: ArgumentCheck): void {
  for (const name of ["egressPorts", "egressCidrBlocks"] as const) {
    if (args[name] !== undefined) {
      check.report(
        name,
        "must be left out with environmentId: only the network of an environment narrows the egress of its apps",
      );
    }
  }
  if ((args.environmentNarrowsEgress === true) === (args.unsafeUnrestrictedEgress === true)) {
    const given = args.environmentNarrowsEgress === true ? "both" : "neither";
    check.report(
      "environmentNarrowsEgress",
      `must be true with environmentId if its network narrows what its apps may connect to, or else unsafeUnrestrictedEgress must be; given: ${given}`,
    );
  }
}
