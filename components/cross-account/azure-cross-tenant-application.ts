import { Application } from "@pulumi/azuread/application.js";
import { ApplicationFederatedIdentityCredential } from "@pulumi/azuread/applicationFederatedIdentityCredential.js";
import * as pulumi from "@pulumi/pulumi";
import { ArgumentCheck } from "../runner-workload/argument-check.ts";
import { azureConsentSteps } from "./azure-consent-steps.ts";
import type { AzureCrossTenantApplicationArgs } from "./azure-cross-tenant-application-args.ts";
import { azureAudienceRule, azureTokenExchangeAudience } from "./azure-federation-rules.ts";
import { azureGuidRule } from "./azure-resource-id.ts";

/**
 * The application in a managed identity's own tenant by which the identity acts in other tenants, without a
 * key: it trusts the identity's tokens, the other tenants consent to it (`consentSteps`, or the
 * `applicationClientId` of an `AzureTargetGrant` there), and roles are assigned to it in them.
 *
 * Application and trust must be in the home tenant. Made in the target's, Entra refuses the identity's token
 * with AADSTS700236, because it takes its own tokens only for applications of the tenant that issued them.
 */
export class AzureCrossTenantApplication extends pulumi.ComponentResource {
  /** Client id of the application, the same in every tenant: a GUID. */
  readonly applicationClientId: pulumi.Output<string>;
  /** What the owner of another tenant does when no stack does it: text of two commands. */
  readonly consentSteps: pulumi.Output<string>;

  constructor(
    name: string,
    args: AzureCrossTenantApplicationArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    const check = new ArgumentCheck(`AzureCrossTenantApplication ${name}`);
    const homeTenantId = check.check("homeTenantId", args.homeTenantId, azureGuidRule);
    const principalId = check.check("principalId", args.principalId, azureGuidRule);
    const audience = check.check(
      "audience",
      args.audience ?? azureTokenExchangeAudience,
      azureAudienceRule,
    );
    check.finish();
    super("holdfast:index:AzureCrossTenantApplication", name, {}, options);
    const application = new Application(
      `${name}-application`,
      {
        displayName: args.displayName ?? name,
        description: "Lets a Holdfast runner act in tenants that consent to it. It has no key.",
        signInAudience: "AzureADMultipleOrgs",
        preventDuplicateNames: true,
      },
      { parent: this },
    );
    new ApplicationFederatedIdentityCredential(
      `${name}-federated-credential`,
      {
        applicationId: application.id,
        displayName: "holdfast-runner",
        description: "The runner's managed identity.",
        issuer: pulumi.interpolate`https://login.microsoftonline.com/${homeTenantId}/v2.0`,
        subject: principalId,
        audiences: [audience],
      },
      { parent: this },
    );
    this.applicationClientId = application.clientId;
    this.consentSteps = application.clientId.apply(azureConsentSteps);
    const { applicationClientId, consentSteps } = this;
    this.registerOutputs({ applicationClientId, consentSteps });
  }
}
