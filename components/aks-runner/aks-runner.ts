import { FederatedIdentityCredential } from "@pulumi/azure-native/managedidentity/federatedIdentityCredential.js";
import * as pulumi from "@pulumi/pulumi";
import {
  azureTokenExchangeAudience,
  serviceAccountTokenSubject,
} from "../cross-account/azure-federation-rules.ts";
import { type AzureIdentity, azureIdentity } from "../cross-account/azure-identity.ts";
import { kubernetesWorkload } from "../kubernetes-runner/kubernetes-workload.ts";
import { ArgumentCheck } from "../runner-workload/argument-check.ts";
import type { AksRunnerArgs } from "./aks-runner-args.ts";
import { type AksSettings, readAksSettings } from "./aks-settings.ts";
import { aksWorkloadIdentity } from "./workload-identity.ts";

/**
 * A runner on AKS with an identity in Azure, by workload identity: a user-assigned identity trusts the tokens of
 * the runner's service account, and of no other.
 *
 * Takes two providers in the options, of the packages `azure-native` and `kubernetes`. The identity has no right
 * until one is granted.
 */
export class AksRunner extends pulumi.ComponentResource {
  /** Object id of the service principal that the runner acts as: roles are assigned to it. */
  readonly identityPrincipal: pulumi.Output<string>;
  /** The Secret with the credentials file: `NAMESPACE/NAME`. */
  readonly secretReference: pulumi.Output<string>;
  /** Changes with the credentials; no secret. */
  readonly credentialsFingerprint: pulumi.Output<string>;
  /** Name of the Deployment. */
  readonly workloadName: pulumi.Output<string>;
  /** Client id of the identity that the runner acts with. */
  readonly identityClientId: pulumi.Output<string>;
  /** The service account as RBAC knows it: `system:serviceaccount:NAMESPACE:NAME`. */
  readonly serviceAccountPrincipal: pulumi.Output<string>;

  /** @throws {pulumi.InputPropertiesError} if an argument is wrong, with all that is, before anything is made. */
  constructor(name: string, args: AksRunnerArgs, options?: pulumi.ComponentResourceOptions) {
    const check = new ArgumentCheck(`AksRunner ${name}`);
    const settings = readAksSettings(name, args, check);
    check.finish();
    super("holdfast:index:AksRunner", name, {}, options);
    const { resourceGroupName, location, tags = {} } = args;
    const place = { resourceGroupName, location, tags };
    const identity = azureIdentity(`${name}-identity`, settings.existingIdentity, place, this);
    const trust = federatedCredential(name, { identity, settings }, this);
    const workload = kubernetesWorkload(
      { name, parent: this },
      settings.kubernetes,
      aksWorkloadIdentity(identity.clientId, [trust]),
    );
    this.identityPrincipal = identity.principalId;
    this.secretReference = workload.secretReference;
    this.credentialsFingerprint = workload.credentialsFingerprint;
    this.workloadName = workload.workloadName;
    this.identityClientId = identity.clientId;
    this.serviceAccountPrincipal = workload.serviceAccountPrincipal;
    const { identityPrincipal, secretReference, credentialsFingerprint, workloadName } = this;
    const { identityClientId, serviceAccountPrincipal } = this;
    this.registerOutputs({
      identityPrincipal,
      secretReference,
      credentialsFingerprint,
      workloadName,
      identityClientId,
      serviceAccountPrincipal,
    });
  }
}

/** Trusts the cluster's tokens for the runner's service account, and no other token of it. */
function federatedCredential(
  name: string,
  of: { readonly identity: AzureIdentity; readonly settings: AksSettings },
  parent: pulumi.Resource,
): FederatedIdentityCredential {
  const { resourceGroupName, name: resourceName } = of.identity;
  const { issuer, kubernetes } = of.settings;
  return new FederatedIdentityCredential(
    `${name}-federated-credential`,
    {
      resourceGroupName,
      resourceName,
      issuer,
      subject: pulumi
        .all([kubernetes.namespace, kubernetes.serviceAccountName])
        .apply(([namespace, account]) => serviceAccountTokenSubject(namespace, account)),
      audiences: [azureTokenExchangeAudience],
    },
    { parent },
  );
}
