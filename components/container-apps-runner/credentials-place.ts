import type * as pulumi from "@pulumi/pulumi";
import { azureScopeRule } from "../cross-account/azure-resource-id.ts";
import type { ArgumentCheck, Rule } from "../runner-workload/argument-check.ts";
import { patternRule } from "../runner-workload/argument-rules.ts";
import type { ContainerAppsRunnerArgs } from "./container-apps-runner-args.ts";

/** Where the credentials are kept: an entry that exists, or one in a Key Vault that exists or is made. */
export type CredentialsPlace =
  | {
      readonly kind: "existing entry";
      readonly uri: pulumi.Input<string>;
      /** Undefined if somebody else grants the right to read it. */
      readonly scope: pulumi.Input<string> | undefined;
    }
  | {
      readonly kind: "existing vault";
      readonly vaultName: pulumi.Input<string>;
      readonly resourceGroupName: pulumi.Input<string>;
    }
  | {
      readonly kind: "own vault";
      /** Subnets that it answers, beside the environment's; undefined: any network. */
      readonly subnetIds: readonly pulumi.Input<string>[] | undefined;
    };

/** An entry of a Key Vault by its version (Key Vault, "Keys, secrets, and certificates", "Object identifiers"). */
const secretUriRule: Rule<string> = patternRule(
  /^https:\/\/[a-zA-Z0-9-]{3,24}\.vault\.(?:azure\.net|azure\.cn|usgovcloudapi\.net)\/secrets\/[a-zA-Z0-9-]{1,127}\/[0-9a-f]{32}$/,
  "the URI of a Key Vault entry with its version: https://VAULT.vault.azure.net/secrets/NAME/32-DIGITS; without the version nothing would say what the runners run with",
);

const vaultNameRule: Rule<string> = patternRule(
  /^(?=.{3,24}$)[a-zA-Z](?:-?[a-zA-Z0-9])*$/,
  "the name of a Key Vault: 3 to 24 letters, digits and single hyphens, a letter first",
);

const subnetIdRule: Rule<string> = patternRule(
  /^\/subscriptions\/[^/\s]+\/resource[gG]roups\/[^/\s]+\/providers\/Microsoft\.Network\/virtualNetworks\/[^/\s]+\/subnets\/[^/\s]+$/,
  "the resource id of a subnet: /subscriptions/GUID/resourceGroups/NAME/providers/Microsoft.Network/virtualNetworks/NAME/subnets/NAME",
);

/** Checks where the credentials are to be kept; problems go to `check`. */
export function readCredentialsPlace(
  args: ContainerAppsRunnerArgs,
  check: ArgumentCheck,
): CredentialsPlace {
  check.checkPlain("unsafeVaultAnyNetwork", args.unsafeVaultAnyNetwork);
  if (args.existingSecretUri !== undefined) {
    leaveOut(args, ["vaultName", ...vaultArguments], "with existingSecretUri", check);
    const { existingSecretUri: uri, existingSecretScope: scope } = args;
    return {
      kind: "existing entry",
      uri: check.check("existingSecretUri", uri, secretUriRule),
      scope: check.checkOptional("existingSecretScope", scope, azureScopeRule),
    };
  }
  leaveOut(args, ["existingSecretScope"], "without existingSecretUri", check);
  if (args.vaultName !== undefined) {
    leaveOut(args, ["vaultSubnetIds", "unsafeVaultAnyNetwork"], "with vaultName", check);
    return {
      kind: "existing vault",
      vaultName: check.check("vaultName", args.vaultName, vaultNameRule),
      resourceGroupName: args.vaultResourceGroupName ?? args.resourceGroupName,
    };
  }
  leaveOut(args, ["vaultResourceGroupName"], "without vaultName", check);
  return { kind: "own vault", subnetIds: readSubnets(args, check) };
}

type VaultArgument =
  | "existingSecretScope"
  | "unsafeVaultAnyNetwork"
  | "vaultName"
  | "vaultResourceGroupName"
  | "vaultSubnetIds";

const vaultArguments = [
  "vaultResourceGroupName",
  "vaultSubnetIds",
  "unsafeVaultAnyNetwork",
] as const;

function leaveOut(
  args: ContainerAppsRunnerArgs,
  names: readonly VaultArgument[],
  when: string,
  check: ArgumentCheck,
): void {
  for (const name of names) {
    if (args[name] !== undefined) {
      check.report(name, `must be left out ${when}`);
    }
  }
}

function readSubnets(
  { network, vaultSubnetIds, unsafeVaultAnyNetwork }: ContainerAppsRunnerArgs,
  check: ArgumentCheck,
): readonly pulumi.Input<string>[] | undefined {
  if (unsafeVaultAnyNetwork === true) {
    if (vaultSubnetIds !== undefined) {
      check.report("unsafeVaultAnyNetwork", "must not be true together with vaultSubnetIds");
    }
    return undefined;
  }
  if (network === undefined && (vaultSubnetIds ?? []).length === 0) {
    check.report(
      "vaultSubnetIds",
      "must name the subnet of environmentId, which the Key Vault is to answer, or unsafeVaultAnyNetwork must be true; given: none",
    );
  }
  return (vaultSubnetIds ?? []).map((id, index) =>
    check.check(`vaultSubnetIds[${index}]`, id, subnetIdRule),
  );
}
