import { FederatedIdentityCredential } from "@pulumi/azure-native/managedidentity/federatedIdentityCredential.js";
import * as pulumi from "@pulumi/pulumi";
import { ArgumentCheck } from "../runner-workload/argument-check.ts";
import type { AzureFederatedTrustArgs } from "./azure-federated-trust-args.ts";
import {
  azureAudienceRule,
  azureIssuerRule,
  azureSubjectProblem,
  azureSubjectRule,
  azureTokenExchangeAudience,
} from "./azure-federation-rules.ts";
import { azureIdentity, readExistingIdentity } from "./azure-identity.ts";

/**
 * A user-assigned managed identity that trusts the tokens of one subject of one issuer outside Azure: the
 * runner gets Azure's tokens for its own, and nobody keeps a key.
 *
 * The identity has no right until an `AzureTargetGrant` gives it one. Entra sees a new trust within about a
 * minute; until then it answers AADSTS70021.
 */
export class AzureFederatedTrust extends pulumi.ComponentResource {
  /** Object id of the identity's service principal: what roles are assigned to. */
  readonly identityPrincipal: pulumi.Output<string>;
  /** Client id of the identity, for the runner: `AZURE_CLIENT_ID`. */
  readonly identityClientId: pulumi.Output<string>;
  /** Resource id of the identity. */
  readonly identityId: pulumi.Output<string>;

  constructor(
    name: string,
    args: AzureFederatedTrustArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    const check = new ArgumentCheck(`AzureFederatedTrust ${name}`);
    const issuer = check.check("issuer", args.issuer, azureIssuerRule);
    const subject = check.check("subject", args.subject, azureSubjectRule);
    const audience = check.check(
      "audience",
      args.audience ?? azureTokenExchangeAudience,
      azureAudienceRule,
    );
    if (typeof args.issuer === "string" && typeof args.subject === "string") {
      const problem = azureSubjectProblem(args.issuer, args.subject);
      if (problem !== undefined) {
        check.report("subject", `${problem}; given: ${JSON.stringify(args.subject)}`);
      }
    }
    const existing = readExistingIdentity("existingIdentity", args.existingIdentity, check);
    check.finish();
    super("holdfast:index:AzureFederatedTrust", name, {}, options);
    const { resourceGroupName, location, tags = {} } = args;
    const place = { resourceGroupName, location, tags };
    const identity = azureIdentity(`${name}-identity`, existing, place, this);
    new FederatedIdentityCredential(
      `${name}-federated-credential`,
      {
        resourceGroupName: identity.resourceGroupName,
        resourceName: identity.name,
        issuer,
        subject,
        audiences: [audience],
      },
      { parent: this },
    );
    this.identityPrincipal = identity.principalId;
    this.identityClientId = identity.clientId;
    this.identityId = identity.id;
    const { identityPrincipal, identityClientId, identityId } = this;
    this.registerOutputs({ identityPrincipal, identityClientId, identityId });
  }
}
