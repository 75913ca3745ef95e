import type * as pulumi from "@pulumi/pulumi";
import {
  gcpComponentNameRule,
  projectIdRule,
  projectNumberRule,
  serviceAccountEmailRule,
} from "../cross-account/gcp-argument-rules.ts";
import {
  type KubernetesSettings,
  readKubernetesSettings,
} from "../kubernetes-runner/kubernetes-settings.ts";
import type { ArgumentCheck } from "../runner-workload/argument-check.ts";
import { oneOfRule } from "../runner-workload/argument-rules.ts";
import { GkeIdentityMode } from "./gke-identity-mode.ts";
import type { GkeRunnerArgs } from "./gke-runner-args.ts";

/** The arguments of a runner on GKE: checked, with their defaults. */
export interface GkeSettings {
  readonly kubernetes: KubernetesSettings;
  readonly project: pulumi.Input<string>;
  /** Undefined in the mode `impersonation`. */
  readonly projectNumber: pulumi.Input<string> | undefined;
  /** Undefined if the component makes one. */
  readonly googleServiceAccountEmail: pulumi.Input<string> | undefined;
  readonly isImpersonation: boolean;
  readonly autopilot: boolean;
}

/**
 * Checks the arguments of a runner on GKE and fills in their defaults; problems go to `check`, whose `finish` is the
 * caller's to call.
 */
export function readGkeSettings(
  name: string,
  args: GkeRunnerArgs,
  check: ArgumentCheck,
): GkeSettings {
  const mode = args.identityMode ?? GkeIdentityMode.Direct;
  check.checkPlain("identityMode", mode, oneOfRule(Object.values(GkeIdentityMode)));
  check.checkPlain("autopilot", args.autopilot);
  const isImpersonation = mode === GkeIdentityMode.Impersonation;
  const kubernetes = readKubernetesSettings(name, args, check);
  if (isImpersonation) {
    check.checkPlain("name", name, gcpComponentNameRule);
  } else {
    if (args.projectNumber === undefined) {
      check.report("projectNumber", "must be given with the mode direct");
    }
    if (args.googleServiceAccountEmail !== undefined) {
      check.report("googleServiceAccountEmail", "must be left out with the mode direct");
    }
  }
  return {
    kubernetes,
    project: check.check("project", args.project, projectIdRule),
    projectNumber: check.checkOptional("projectNumber", args.projectNumber, projectNumberRule),
    googleServiceAccountEmail: check.checkOptional(
      "googleServiceAccountEmail",
      args.googleServiceAccountEmail,
      serviceAccountEmailRule,
    ),
    isImpersonation,
    autopilot: args.autopilot === true,
  };
}
