import * as pulumi from "@pulumi/pulumi";
import type { ArgumentCheck } from "./argument-check.ts";
import {
  cidrBlockRule,
  credentialsRule,
  imageRule,
  oneOfRule,
  wholeNumberRule,
} from "./argument-rules.ts";
import { credentialsFingerprint } from "./credentials-fingerprint.ts";
import { RunnerLogLevel } from "./runner-log-level.ts";
import type { RunnerWorkloadArgs } from "./runner-workload-args.ts";

/** The common arguments: checked, with their defaults. */
export interface RunnerSettings {
  readonly image: pulumi.Input<string>;
  /** Secret; undefined if an entry that exists is used. */
  readonly credentials: pulumi.Output<string> | undefined;
  /** No secret: changes with the credentials' content, or with the token that stands for it. */
  readonly credentialsFingerprint: pulumi.Output<string>;
  readonly replicas: pulumi.Input<number>;
  readonly cpuMillicores: pulumi.Input<number>;
  readonly memoryMebibytes: pulumi.Input<number>;
  /** Variables of the runner's environment, all but those that say where the credentials are; sorted. */
  readonly environment: Readonly<Record<string, pulumi.Input<string>>>;
  readonly terminationGraceSeconds: pulumi.Input<number>;
  readonly egress: RunnerEgress;
  readonly tags: Readonly<Record<string, pulumi.Input<string>>>;
}

/** What a runner may connect to: every port on every network; undefined means anywhere. */
export type RunnerEgress =
  | { readonly ports: readonly number[]; readonly cidrBlocks: readonly string[] }
  | undefined;

/** Limits that differ between targets. */
export interface TargetLimits {
  /** The argument that names an entry of the secret store that exists, and its value. */
  readonly existingEntry: { readonly path: string; readonly value: unknown };
  readonly terminationGraceSecondsMax?: number;
  readonly replicasMax?: number;
}

/**
 * Checks the common arguments and fills in their defaults; problems go to `check`, whose `finish` is the
 * caller's to call.
 */
export function readRunnerSettings(
  args: RunnerWorkloadArgs,
  limits: TargetLimits,
  check: ArgumentCheck,
): RunnerSettings {
  check.checkPlain("unsafeMutableImage", args.unsafeMutableImage);
  check.checkPlain("unsafeUnrestrictedEgress", args.unsafeUnrestrictedEgress);
  const graceMax = limits.terminationGraceSecondsMax ?? 3_600;
  const grace = check.check(
    "terminationGraceSeconds",
    args.terminationGraceSeconds ?? Math.min(60, graceMax),
    wholeNumberRule(Math.min(15, graceMax), graceMax),
  );
  const credentials = readCredentials(args, limits, check);
  return {
    image: check.check("image", args.image, imageRule(args.unsafeMutableImage === true)),
    credentials,
    credentialsFingerprint: fingerprintOf(credentials, args.rolloutToken),
    replicas: check.check(
      "replicas",
      args.replicas ?? 2,
      wholeNumberRule(1, limits.replicasMax ?? 100),
    ),
    cpuMillicores: check.check(
      "cpuMillicores",
      args.cpuMillicores ?? 250,
      wholeNumberRule(50, 64_000),
    ),
    memoryMebibytes: check.check(
      "memoryMebibytes",
      args.memoryMebibytes ?? 512,
      wholeNumberRule(128, 262_144),
    ),
    environment: readEnvironment(args, grace, check),
    terminationGraceSeconds: grace,
    egress: readEgress(args, check),
    tags: args.tags ?? {},
  };
}

function readCredentials(
  { credentials }: RunnerWorkloadArgs,
  { existingEntry }: TargetLimits,
  check: ArgumentCheck,
): pulumi.Output<string> | undefined {
  const { path, value } = existingEntry;
  if ((credentials === undefined) === (value === undefined)) {
    check.report(
      "credentials",
      `must be given, or else ${path}; given: ${value === undefined ? "neither" : "both"}`,
    );
    return undefined;
  }
  return credentials === undefined
    ? undefined
    : check.checkSecret("credentials", credentials, credentialsRule);
}

function fingerprintOf(
  credentials: pulumi.Output<string> | undefined,
  rolloutToken: pulumi.Input<string> | undefined,
): pulumi.Output<string> {
  const token = pulumi.output(rolloutToken ?? "");
  if (credentials === undefined) {
    return token.apply((text) => (text === "" ? "unmanaged" : text));
  }
  return pulumi.interpolate`${credentialsFingerprint(credentials)}${token.apply((text) => (text === "" ? "" : `-${text}`))}`;
}

function readEnvironment(
  args: RunnerWorkloadArgs,
  grace: pulumi.Input<number>,
  check: ArgumentCheck,
): Readonly<Record<string, pulumi.Input<string>>> {
  for (const name of Object.keys(args.environment ?? {})) {
    check.checkPlain(`environment.${name}`, name, (given) => {
      if (given.startsWith("HOLDFAST_")) {
        return "must not be set here: the other arguments set the runner's own variables";
      }
      return /^[A-Za-z_][A-Za-z0-9_]*$/.test(given) ? undefined : "must be the name of a variable";
    });
  }
  const logLevel = check.check(
    "logLevel",
    args.logLevel ?? RunnerLogLevel.Info,
    oneOfRule(Object.values(RunnerLogLevel)),
  );
  const operationsMax = check.check(
    "operationsMax",
    args.operationsMax ?? 32,
    wholeNumberRule(1, 1_000),
  );
  const variables: Record<string, pulumi.Input<string>> = {
    ...args.environment,
    HOLDFAST_LOG_LEVEL: logLevel,
    HOLDFAST_OPERATIONS_MAX: pulumi.interpolate`${operationsMax}`,
    // The other half is for operations that are told to stop: an update of a stack gives back its lock.
    HOLDFAST_DRAIN_SECONDS: pulumi
      .output(grace)
      .apply((seconds) => String(Math.floor(seconds / 2))),
    ...(args.policy === undefined ? {} : { HOLDFAST_POLICY: args.policy }),
  };
  // Sorted: a platform that keeps the order would otherwise roll the workload for nothing.
  return Object.fromEntries(Object.entries(variables).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function readEgress(args: RunnerWorkloadArgs, check: ArgumentCheck): RunnerEgress {
  const { egressPorts, egressCidrBlocks } = args;
  check.checkPlain("egressPorts", egressPorts, (ports) =>
    ports?.length === 0 ? "must name a port, or be left out" : undefined,
  );
  check.checkPlain("egressCidrBlocks", egressCidrBlocks, (blocks) =>
    blocks?.length === 0 ? "must name a network, or be left out" : undefined,
  );
  for (const [index, port] of listOf(egressPorts).entries()) {
    check.checkPlain(`egressPorts[${index}]`, port, wholeNumberRule(1, 65_535));
  }
  for (const [index, block] of listOf(egressCidrBlocks).entries()) {
    check.checkPlain(`egressCidrBlocks[${index}]`, block, cidrBlockRule);
  }
  if (args.unsafeUnrestrictedEgress === true) {
    if (egressPorts !== undefined || egressCidrBlocks !== undefined) {
      check.report(
        "unsafeUnrestrictedEgress",
        "must not be true together with egressPorts or egressCidrBlocks",
      );
    }
    return undefined;
  }
  return {
    ports: [...new Set(listOf(egressPorts ?? [443, 8443, 8444]))].toSorted((a, b) => a - b),
    cidrBlocks: [...new Set(listOf(egressCidrBlocks ?? ["0.0.0.0/0"]))].toSorted(),
  };
}

/** The list; none if it is an output, which has been reported: then only further problems are looked for. */
function listOf<T>(list: readonly T[] | undefined): readonly T[] {
  return Array.isArray(list) ? (list as readonly T[]) : [];
}
