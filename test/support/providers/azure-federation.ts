import { azureNamed } from "./azure-memory.ts";
import { type StandInResource, textOf, type Values } from "./stand-in-provider.ts";

/**
 * Microsoft.ManagedIdentity, as known and not looked up: the path replaces; issuer, subject and audience are changed in
 * place. Azure takes one audience, 20 credentials for each identity, and each pair of issuer and subject once.
 */
export const federatedIdentityCredential: StandInResource = {
  ...azureNamed("federatedIdentityCredentialResourceName", [
    "resourceGroupName",
    "resourceName",
    "federatedIdentityCredentialResourceName",
  ]),
  check: ({ audiences }) =>
    Array.isArray(audiences) && audiences.length !== 1
      ? [{ property: "audiences", reason: "must have one element" }]
      : [],
  create: async (inputs, { objects, token, configuration }) => {
    const identity = `${textOf(inputs, "resourceGroupName")}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${textOf(inputs, "resourceName")}`;
    const others = objects.filter(
      (object) =>
        object.token === token && object.inputs["resourceName"] === inputs["resourceName"],
    );
    if (others.length >= 20) {
      throw new Error("BadRequest: too many federated identity credentials");
    }
    if (others.some((other) => isSamePair(other.inputs, inputs))) {
      throw new Error("Conflict: issuer and subject combination already exists for this identity");
    }
    const name = textOf(inputs, "federatedIdentityCredentialResourceName");
    const subscription = textOf(configuration, "subscriptionId");
    return {
      id: `/subscriptions/${subscription}/resourceGroups/${identity}/federatedIdentityCredentials/${name}`,
      outputs: { name },
    };
  },
};

function isSamePair(one: Values, other: Values): boolean {
  return one["issuer"] === other["issuer"] && one["subject"] === other["subject"];
}

/** A token that somebody shows to Entra, to get one of Azure for it. */
export interface FederatedToken {
  readonly issuer: string;
  readonly subject: string;
  readonly audience: string;
}

/** What Entra holds a token against: the inputs of a credential, and where its identity or application is. */
export interface FederatedCredential {
  readonly inputs: Values;
  /** Tenant of the identity, or of the application. */
  readonly tenantId: string;
}

/**
 * What Entra answers to a token: undefined lets it in. Texts are compared as they are, capital letters and
 * slashes at the end included (Entra, "Workload identity federation", "How it works"; "Important
 * considerations and restrictions for federated identity credentials"). Signatures, expiry and whether the
 * issuer can be reached are not judged.
 */
export function entraRefusal(
  { inputs, tenantId }: FederatedCredential,
  { issuer, subject, audience }: FederatedToken,
): string | undefined {
  const [, issuerTenant] =
    /^https:\/\/login\.microsoftonline\.com\/([^/]+)\/v2\.0$/.exec(issuer) ?? [];
  if (issuerTenant !== undefined && issuerTenant !== tenantId) {
    return "AADSTS700236";
  }
  const audiences = Array.isArray(inputs["audiences"]) ? inputs["audiences"] : [];
  if (!audiences.includes(audience)) {
    return "AADSTS700212";
  }
  if (inputs["issuer"] !== issuer) {
    return "AADSTS700211";
  }
  return inputs["subject"] === subject ? undefined : "AADSTS700213";
}
