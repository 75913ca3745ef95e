import type * as pulumi from "@pulumi/pulumi";
import { type KubernetesAccess, readKubernetesAccess } from "../cross-account/kubernetes-access.ts";
import type { ArgumentCheck } from "../runner-workload/argument-check.ts";
import { wholeNumberRule } from "../runner-workload/argument-rules.ts";
import { runnerImage } from "../runner-workload/runner-image.ts";
import { type RunnerSettings, readRunnerSettings } from "../runner-workload/runner-settings.ts";
import {
  checkLabels,
  componentNameRule,
  dnsLabelRule,
  dnsSubdomainRule,
  secretKeyRule,
} from "./kubernetes-argument-rules.ts";
import type { KubernetesRunnerArgs } from "./kubernetes-runner-args.ts";

/** The arguments of a runner on Kubernetes: checked, with their defaults. */
export interface KubernetesSettings {
  /** What every runner has. */
  readonly runner: RunnerSettings;
  /** Labels of everything, as the user wants them. */
  readonly labels: Readonly<Record<string, pulumi.Input<string>>>;
  readonly namespace: pulumi.Input<string>;
  readonly createNamespace: boolean;
  /** Known before anything is made, so that a trust policy can name it. */
  readonly serviceAccountName: pulumi.Input<string>;
  /** Undefined if the workload makes the Secret. */
  readonly existingSecretName: pulumi.Input<string> | undefined;
  /** Key of the credentials file in the Secret, whoever made it. */
  readonly secretKey: pulumi.Input<string>;
  readonly kubernetesAccess: KubernetesAccess | undefined;
  readonly imagePullSecretNames: readonly pulumi.Input<string>[];
  readonly priorityClassName: pulumi.Input<string> | undefined;
  readonly nodeSelector: Readonly<Record<string, pulumi.Input<string>>>;
  readonly userNamespace: boolean;
  readonly temporaryFilesMebibytes: pulumi.Input<number>;
  readonly rolloutSecondsMax: number;
}

/**
 * Checks the arguments of a runner on Kubernetes and fills in their defaults; problems go to `check`, whose
 * `finish` is the caller's to call.
 *
 * @param name the component's: objects are named after it.
 */
export function readKubernetesSettings(
  name: string,
  args: KubernetesRunnerArgs,
  check: ArgumentCheck,
): KubernetesSettings {
  check.checkPlain("name", name, componentNameRule);
  check.checkPlain("createNamespace", args.createNamespace);
  check.checkPlain("userNamespace", args.userNamespace);
  check.checkPlain("rolloutSecondsMax", args.rolloutSecondsMax ?? 300, wholeNumberRule(30, 3_600));
  const existing = { path: "existingSecretName", value: args.existingSecretName };
  return {
    runner: readRunnerSettings(args, { existingEntry: existing }, check),
    labels: checkLabels(args.tags, check),
    namespace: check.check("namespace", args.namespace, dnsLabelRule),
    createNamespace: args.createNamespace === true,
    serviceAccountName: check.check(
      "serviceAccountName",
      args.serviceAccountName ?? name,
      dnsLabelRule,
    ),
    ...readSecret(args, check),
    kubernetesAccess:
      args.kubernetesAccess === undefined
        ? undefined
        : readKubernetesAccess("kubernetesAccess", args.kubernetesAccess, check),
    imagePullSecretNames: (args.imagePullSecretNames ?? []).map((secretName, index) =>
      check.check(`imagePullSecretNames[${index}]`, secretName, dnsSubdomainRule),
    ),
    priorityClassName: check.checkOptional(
      "priorityClassName",
      args.priorityClassName,
      dnsSubdomainRule,
    ),
    nodeSelector: args.nodeSelector ?? {},
    userNamespace: args.userNamespace === true,
    temporaryFilesMebibytes: readTemporaryFiles(args, check),
    rolloutSecondsMax: args.rolloutSecondsMax ?? 300,
  };
}

function readSecret(
  args: KubernetesRunnerArgs,
  check: ArgumentCheck,
): Pick<KubernetesSettings, "existingSecretName" | "secretKey"> {
  if (args.existingSecretKey !== undefined && args.existingSecretName === undefined) {
    check.report("existingSecretKey", "must be left out without existingSecretName");
  }
  return {
    existingSecretName: check.checkOptional(
      "existingSecretName",
      args.existingSecretName,
      dnsSubdomainRule,
    ),
    secretKey: check.check(
      "existingSecretKey",
      args.existingSecretKey ?? runnerImage.credentialsFileName,
      secretKeyRule,
    ),
  };
}

function readTemporaryFiles(
  { temporaryFilesMebibytes = 64, memoryMebibytes = 512 }: KubernetesRunnerArgs,
  check: ArgumentCheck,
): pulumi.Input<number> {
  const checked = check.check(
    "temporaryFilesMebibytes",
    temporaryFilesMebibytes,
    wholeNumberRule(1, 262_144),
  );
  if (
    typeof temporaryFilesMebibytes === "number" &&
    typeof memoryMebibytes === "number" &&
    temporaryFilesMebibytes >= memoryMebibytes
  ) {
    check.report(
      "temporaryFilesMebibytes",
      `must be less than memoryMebibytes, which it is a part of; given: ${temporaryFilesMebibytes} of ${memoryMebibytes}`,
    );
  }
  return checked;
}
