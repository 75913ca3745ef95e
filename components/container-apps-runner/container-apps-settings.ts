import type * as pulumi from "@pulumi/pulumi";
import type { AzureExistingIdentityArgs } from "../cross-account/azure-existing-identity-args.ts";
import { readExistingIdentity } from "../cross-account/azure-identity.ts";
import type { ArgumentCheck } from "../runner-workload/argument-check.ts";
import { patternRule, wholeNumberRule } from "../runner-workload/argument-rules.ts";
import { type RunnerSettings, readRunnerSettings } from "../runner-workload/runner-settings.ts";
import type { ContainerAppsRunnerArgs } from "./container-apps-runner-args.ts";
import { checkContainerSize } from "./container-size.ts";
import { type CredentialsPlace, readCredentialsPlace } from "./credentials-place.ts";
import { type EnvironmentSettings, readEnvironment } from "./environment-settings.ts";

/** The arguments of a runner on Container Apps: checked, with their defaults. */
export interface ContainerAppsSettings {
  /** What every runner has. */
  readonly runner: RunnerSettings;
  readonly resourceGroupName: pulumi.Input<string>;
  readonly location: pulumi.Input<string> | undefined;
  readonly containerAppName: pulumi.Input<string> | undefined;
  readonly environment: EnvironmentSettings;
  readonly registry: {
    readonly server: pulumi.Input<string> | undefined;
    readonly id: pulumi.Input<string> | undefined;
  };
  readonly existingRuntimeIdentity: AzureExistingIdentityArgs | undefined;
  readonly credentialsPlace: CredentialsPlace;
  readonly accessWaitSecondsMax: number;
}

/** What leaves room for `-app` and 8 random digits in the 32 characters of a container app's name. */
const nameLengthMax = 20;

/**
 * Checks the arguments of a runner on Container Apps and fills in their defaults; problems go to `check`,
 * whose `finish` is the caller's to call.
 *
 * @param name the component's: resources are named after it.
 */
export function readContainerAppsSettings(
  name: string,
  args: ContainerAppsRunnerArgs,
  check: ArgumentCheck,
): ContainerAppsSettings {
  const containerAppName = readName(name, args, check);
  check.checkPlain(
    "accessWaitSecondsMax",
    args.accessWaitSecondsMax ?? 900,
    wholeNumberRule(0, 3_600),
  );
  if (args.environment?.["AZURE_CLIENT_ID"] !== undefined) {
    check.report(
      "environment.AZURE_CLIENT_ID",
      "must not be set here: existingRuntimeIdentity sets it",
    );
  }
  const runner = readRunnerSettings(
    args,
    {
      existingEntry: { path: "existingSecretUri", value: args.existingSecretUri },
      terminationGraceSecondsMax: 600,
    },
    check,
  );
  return {
    runner: { ...runner, ...checkContainerSize(runner, check) },
    resourceGroupName: args.resourceGroupName,
    location: args.location,
    containerAppName,
    environment: readEnvironment(args, check),
    registry: readRegistry(args, check),
    existingRuntimeIdentity: readExistingIdentity(
      "existingRuntimeIdentity",
      args.existingRuntimeIdentity,
      check,
    ),
    credentialsPlace: readCredentialsPlace(args, check),
    accessWaitSecondsMax: args.accessWaitSecondsMax ?? 900,
  };
}

function readName(
  name: string,
  { containerAppName }: ContainerAppsRunnerArgs,
  check: ArgumentCheck,
): pulumi.Input<string> | undefined {
  const form = "lower-case letters, digits and single hyphens, a letter first and no hyphen last";
  check.checkPlain(
    "name",
    name,
    patternRule(
      /^(?=.{1,60}$)[a-z](?:-?[a-z0-9])*$/,
      `up to 60 ${form}, because resources are named after it`,
    ),
  );
  if (containerAppName !== undefined) {
    const rule = patternRule(/^(?=.{2,32}$)[a-z](?:-?[a-z0-9])*$/, `2 to 32 ${form}`);
    return check.check("containerAppName", containerAppName, rule);
  }
  if (name.length > nameLengthMax) {
    check.report(
      "containerAppName",
      `must be given, because NAME-app and 8 digits are longer than 32 characters; given: a component's name of ${name.length}, where ${nameLengthMax} would do`,
    );
  }
  return undefined;
}

function readRegistry(
  { registryServer, registryId }: ContainerAppsRunnerArgs,
  check: ArgumentCheck,
): ContainerAppsSettings["registry"] {
  if (registryId !== undefined && registryServer === undefined) {
    check.report("registryServer", "must be given with registryId; given: none");
  }
  const hostRule = patternRule(
    /^[a-z0-9.-]+(?::\d+)?$/,
    "the host of a registry, without https://",
  );
  const idRule = patternRule(
    /^\/subscriptions\/[^/\s]+\/resource[gG]roups\/[^/\s]+\/providers\/Microsoft\.ContainerRegistry\/registries\/[a-zA-Z0-9]+$/,
    "the resource id of a registry: /subscriptions/GUID/resourceGroups/NAME/providers/Microsoft.ContainerRegistry/registries/NAME",
  );
  return {
    server: check.checkOptional("registryServer", registryServer, hostRule),
    id: check.checkOptional("registryId", registryId, idRule),
  };
}
