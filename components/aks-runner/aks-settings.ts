import type * as pulumi from "@pulumi/pulumi";
import type { AzureExistingIdentityArgs } from "../cross-account/azure-existing-identity-args.ts";
import { azureIssuerRule } from "../cross-account/azure-federation-rules.ts";
import { readExistingIdentity } from "../cross-account/azure-identity.ts";
import {
  type KubernetesSettings,
  readKubernetesSettings,
} from "../kubernetes-runner/kubernetes-settings.ts";
import type { ArgumentCheck } from "../runner-workload/argument-check.ts";
import type { AksRunnerArgs } from "./aks-runner-args.ts";

/** The arguments of a runner on AKS: checked, with their defaults. */
export interface AksSettings {
  readonly kubernetes: KubernetesSettings;
  readonly issuer: pulumi.Input<string>;
  readonly existingIdentity: AzureExistingIdentityArgs | undefined;
}

/** Checks the arguments of a runner on AKS; problems go to `check`, whose `finish` is the caller's to call. */
export function readAksSettings(
  name: string,
  args: AksRunnerArgs,
  check: ArgumentCheck,
): AksSettings {
  return {
    kubernetes: readKubernetesSettings(name, args, check),
    issuer: check.check("oidcIssuerUrl", args.oidcIssuerUrl, azureIssuerRule),
    existingIdentity: readExistingIdentity("existingIdentity", args.existingIdentity, check),
  };
}
