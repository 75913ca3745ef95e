import * as pulumi from "@pulumi/pulumi";
import {
  gcpComponentNameRule,
  projectIdRule,
  serviceAccountEmailRule,
} from "../cross-account/gcp-argument-rules.ts";
import type { ArgumentCheck } from "../runner-workload/argument-check.ts";
import { patternRule, wholeNumberRule } from "../runner-workload/argument-rules.ts";
import { type RunnerSettings, readRunnerSettings } from "../runner-workload/runner-settings.ts";
import { type CloudRunCapacity, cloudRunCapacityRule } from "./cloud-run-capacity.ts";
import type { CloudRunRunnerArgs } from "./cloud-run-runner-args.ts";
import { readGcpLabels } from "./gcp-labels.ts";

/** What Cloud Run leaves between SIGTERM and SIGKILL, in seconds ("Container runtime contract", "Instance
 * shutdown"). */
const terminationGraceSeconds = 10;

/** The arguments of a runner on Cloud Run: checked, with their defaults. */
export interface CloudRunSettings {
  /** What every runner has; the labels are its tags. */
  readonly runner: RunnerSettings;
  readonly capacity: pulumi.Output<CloudRunCapacity>;
  readonly location: pulumi.Input<string>;
  readonly project: pulumi.Input<string> | undefined;
  readonly serviceAccountEmail: pulumi.Input<string> | undefined;
  /** Undefined if the component makes the secret. */
  readonly existingSecret: ExistingSecret | undefined;
  readonly secretLocations: readonly pulumi.Input<string>[];
  readonly kmsKeyName: pulumi.Input<string> | undefined;
  /** Undefined where traffic does not pass through a network of the user's. */
  readonly network: CloudRunNetwork | undefined;
  readonly binaryAuthorization: boolean;
  readonly deletionProtection: pulumi.Input<boolean>;
}

/** One version of a secret that others fill. */
export interface ExistingSecret {
  readonly secretId: pulumi.Input<string>;
  readonly version: pulumi.Input<string>;
}

/** Where a runner's traffic leaves through. */
export interface CloudRunNetwork {
  readonly network: pulumi.Input<string>;
  readonly subnetwork: pulumi.Input<string> | undefined;
  readonly project: pulumi.Input<string> | undefined;
  readonly firewallPriority: pulumi.Input<number>;
}

const regionRule = patternRule(/^[a-z]+-[a-z]+[0-9]+$/, "a region, such as europe-west1");
const secretIdRule = patternRule(
  /^(?:projects\/[^/]+\/secrets\/)?[A-Za-z0-9_-]{1,255}$/,
  "NAME or projects/PROJECT/secrets/NAME",
);
const versionRule = patternRule(
  /^[1-9][0-9]*$/,
  "the number of a version, because latest would change what runs without an update of the stack",
);
const keyNameRule = patternRule(
  /^projects\/[^/]+\/locations\/[^/]+\/keyRings\/[^/]+\/cryptoKeys\/[^/]+$/,
  "projects/PROJECT/locations/LOCATION/keyRings/RING/cryptoKeys/KEY",
);
const filledRule = patternRule(/^\S+$/, "a name without spaces");

/**
 * Checks the arguments of a runner on Cloud Run and fills in their defaults; problems go to `check`, whose
 * `finish` is the caller's to call.
 */
export function readCloudRunSettings(
  name: string,
  args: CloudRunRunnerArgs,
  check: ArgumentCheck,
): CloudRunSettings {
  check.checkPlain("name", name, gcpComponentNameRule);
  const runner = readRunnerSettings(
    // A worker pool has at least one processor.
    { ...args, cpuMillicores: args.cpuMillicores ?? 1_000 },
    {
      existingEntry: { path: "existingSecretId", value: args.existingSecretId },
      terminationGraceSecondsMax: terminationGraceSeconds,
    },
    check,
  );
  check.checkPlain("binaryAuthorization", args.binaryAuthorization);
  const location = check.check("location", args.location, regionRule);
  return {
    runner: { ...runner, tags: readGcpLabels(args.tags, check) },
    capacity: readCapacity(runner, check),
    location,
    project: check.checkOptional("project", args.project, projectIdRule),
    serviceAccountEmail: check.checkOptional(
      "serviceAccountEmail",
      args.serviceAccountEmail,
      serviceAccountEmailRule,
    ),
    existingSecret: readExistingSecret(args, check),
    secretLocations: readSecretLocations(args, check) ?? [location],
    kmsKeyName: check.checkOptional("kmsKeyName", args.kmsKeyName, keyNameRule),
    network: readNetwork(args, check),
    binaryAuthorization: args.binaryAuthorization === true,
    deletionProtection: args.deletionProtection ?? false,
  };
}

function readCapacity(
  { cpuMillicores, memoryMebibytes }: RunnerSettings,
  check: ArgumentCheck,
): pulumi.Output<CloudRunCapacity> {
  const capacity =
    typeof cpuMillicores === "number" && typeof memoryMebibytes === "number"
      ? { cpuMillicores, memoryMebibytes }
      : pulumi.output({ cpuMillicores, memoryMebibytes });
  return pulumi.output(check.check("cpuMillicores", capacity, cloudRunCapacityRule));
}

function readExistingSecret(
  { existingSecretId, existingSecretVersion }: CloudRunRunnerArgs,
  check: ArgumentCheck,
): ExistingSecret | undefined {
  if ((existingSecretId === undefined) !== (existingSecretVersion === undefined)) {
    check.report(
      existingSecretId === undefined ? "existingSecretId" : "existingSecretVersion",
      "must be given, because existingSecretId and existingSecretVersion go together",
    );
  }
  if (existingSecretId === undefined || existingSecretVersion === undefined) {
    return undefined;
  }
  return {
    secretId: check.check("existingSecretId", existingSecretId, secretIdRule),
    version: check.check("existingSecretVersion", existingSecretVersion, versionRule),
  };
}

function readSecretLocations(
  { secretLocations, existingSecretId, kmsKeyName }: CloudRunRunnerArgs,
  check: ArgumentCheck,
): readonly pulumi.Input<string>[] | undefined {
  check.checkPlain("secretLocations", secretLocations, (locations) =>
    locations?.length === 0 ? "must name a region, or be left out" : undefined,
  );
  if (secretLocations !== undefined && existingSecretId !== undefined) {
    check.report("secretLocations", "must be left out with existingSecretId");
  }
  if (kmsKeyName !== undefined && (secretLocations?.length ?? 1) > 1) {
    check.report(
      "secretLocations",
      "must be one region with kmsKeyName, because a key belongs to one region",
    );
  }
  return secretLocations?.map((location, index) =>
    check.check(`secretLocations[${index}]`, location, regionRule),
  );
}

function readNetwork(args: CloudRunRunnerArgs, check: ArgumentCheck): CloudRunNetwork | undefined {
  const { network, subnetwork, networkProject, firewallPriority } = args;
  if (network === undefined) {
    if (args.unsafeUnrestrictedEgress !== true) {
      check.report(
        "network",
        "must be given, or unsafeUnrestrictedEgress must be true: only firewall rules of a network can narrow what a worker pool connects to",
      );
    }
    for (const [path, value] of Object.entries({ subnetwork, networkProject, firewallPriority })) {
      if (value !== undefined) {
        check.report(path, "must be left out without network");
      }
    }
    return undefined;
  }
  return {
    network: check.check("network", network, filledRule),
    subnetwork: check.checkOptional("subnetwork", subnetwork, filledRule),
    project: check.checkOptional("networkProject", networkProject ?? args.project, projectIdRule),
    firewallPriority: check.check(
      "firewallPriority",
      firewallPriority ?? 100,
      wholeNumberRule(0, 65_533),
    ),
  };
}
