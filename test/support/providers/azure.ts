import { randomUUID } from "node:crypto";
import { containerApp, managedEnvironment } from "./azure-container-apps.ts";
import { federatedIdentityCredential } from "./azure-federation.ts";
import { keyVault, keyVaultSecret } from "./azure-key-vault.ts";
import { AzureMemory, azureNamed, azureTenantId } from "./azure-memory.ts";
import { roleAssignment, roleDefinition } from "./azure-roles.ts";
import {
  type StandInContext,
  type StandInProvider,
  type StandInResource,
  textOf,
  type Values,
} from "./stand-in-provider.ts";

/** What differs from the plain stand-in. */
export interface AzureStandInOptions {
  /** How often Container Apps does not see a new right to read an entry yet. Default: 0. */
  readonly blindReads?: number;
}

/**
 * The stand-in for `azure-native` 3. What replaces is decided there by three rules, which the rows follow:
 * parameters of a resource's path, properties that Azure's specification marks as set at creation
 * (`x-ms-mutability`), and the map of the provider's own provider/pkg/gen/replacement.go. A replacement
 * deletes first unless the provider made the name (provider.go, `Diff`, `createBeforeDeleteFlag`); made names
 * are the logical name and 8 digits, without anything between (provider.go, `getDefaultName`).
 *
 * What it does NOT prove: that Azure takes the values (quotas, regions, names that are taken, network rules,
 * the caller's own rights), how long anything takes, and that names which are GUIDs there are GUIDs.
 */
export function azureStandIn({ blindReads = 0 }: AzureStandInOptions = {}): StandInProvider {
  const memory = new AzureMemory(blindReads);
  return {
    packageName: "azure-native",
    resources: {
      "azure-native:managedidentity:UserAssignedIdentity": userAssignedIdentity,
      "azure-native:managedidentity:FederatedIdentityCredential": federatedIdentityCredential,
      "azure-native:authorization:RoleAssignment": roleAssignment,
      "azure-native:authorization:RoleDefinition": roleDefinition,
      "azure-native:keyvault:Vault": keyVault(memory),
      "azure-native:keyvault:Secret": keyVaultSecret(memory),
      "azure-native:app:ManagedEnvironment": managedEnvironment,
      "azure-native:app:ContainerApp": containerApp(memory),
      "azure-native:network:NetworkSecurityGroup": networkSecurityGroup,
      "azure-native:network:Subnet": subnet,
      "azure-native:monitor:DiagnosticSetting": diagnosticSetting,
    },
  };
}

/**
 * The stand-in for `azuread` 6 (terraform-provider-azuread 3). What it does NOT prove: that the caller may
 * write applications, consent of a tenant's administrator, and how long Entra takes to see any of it.
 */
export function azureAdStandIn(): StandInProvider {
  return {
    packageName: "azuread",
    resources: {
      "azuread:index/application:Application": application,
      "azuread:index/applicationFederatedIdentityCredential:ApplicationFederatedIdentityCredential":
        applicationFederatedIdentityCredential,
      "azuread:index/servicePrincipal:ServicePrincipal": servicePrincipal,
    },
  };
}

/** Microsoft.ManagedIdentity, as known and not looked up: location is set at creation; ids are made by Entra. */
const userAssignedIdentity: StandInResource = {
  ...azureNamed("resourceName", ["resourceGroupName", "resourceName", "location"]),
  create: async (inputs, context) => ({
    id: idIn(inputs, context, "Microsoft.ManagedIdentity/userAssignedIdentities", "resourceName"),
    outputs: {
      name: textOf(inputs, "resourceName"),
      principalId: randomUUID(),
      clientId: randomUUID(),
      tenantId: azureTenantId(context),
    },
  }),
};

/** Microsoft.Network, as known and not looked up: location is set at creation. */
const networkSecurityGroup: StandInResource = {
  ...azureNamed("networkSecurityGroupName", [
    "resourceGroupName",
    "networkSecurityGroupName",
    "location",
  ]),
  check: ({ securityRules }) => duplicatePriorities(securityRules),
  create: async (inputs, context) => {
    const type = "Microsoft.Network/networkSecurityGroups";
    const name = textOf(inputs, "networkSecurityGroupName");
    return { id: idIn(inputs, context, type, "networkSecurityGroupName"), outputs: { name } };
  },
};

/** replacement.go: no property of a subnet replaces it, only its path. */
const subnet: StandInResource = {
  ...azureNamed("subnetName", ["resourceGroupName", "virtualNetworkName", "subnetName"]),
  create: async (inputs, context) => {
    const type = `Microsoft.Network/virtualNetworks/${textOf(inputs, "virtualNetworkName")}/subnets`;
    return {
      id: idIn(inputs, context, type, "subnetName"),
      outputs: { name: textOf(inputs, "subnetName") },
    };
  },
  // Azure answers InUseSubnetCannotBeUpdated.
  update: async (_id, { addressPrefix }, state) => {
    if (addressPrefix !== state["addressPrefix"]) {
      throw new Error("InUseSubnetCannotBeUpdated: the subnet is in use and cannot be updated");
    }
    return {};
  },
};

/** Microsoft.Insights, as known and not looked up: the path alone replaces. */
const diagnosticSetting: StandInResource = {
  ...azureNamed("name", ["resourceUri", "name"]),
  create: async (inputs) => ({
    id: `${textOf(inputs, "resourceUri")}/providers/Microsoft.Insights/diagnosticSettings/${textOf(inputs, "name")}`,
    outputs: {},
  }),
};

/** resource application: only `template_id` is ForceNew. */
const application: StandInResource = {
  replaceOn: ["templateId"],
  create: async (_inputs, context) => {
    const objectId = randomUUID();
    const clientId = randomUUID();
    return {
      id: `/applications/${objectId}`,
      outputs: { objectId, clientId, publisherDomain: azureTenantId(context) },
    };
  },
};

/** resource application_federated_identity_credential: `application_id` and `display_name` are ForceNew. */
const applicationFederatedIdentityCredential: StandInResource = {
  replaceOn: ["applicationId", "displayName"],
  check: ({ displayName }) =>
    typeof displayName === "string" && !/^[\w-]{3,120}$/.test(displayName)
      ? [{ property: "displayName", reason: "must be 3 to 120 letters, digits, _ and -" }]
      : [],
  create: async (inputs) => {
    const credentialId = randomUUID();
    return {
      id: `${textOf(inputs, "applicationId")}/federatedIdentityCredential/${credentialId}`,
      outputs: { credentialId },
    };
  },
};

/** resource service_principal: `client_id` is ForceNew; one for each application in a tenant. */
const servicePrincipal: StandInResource = {
  replaceOn: ["clientId"],
  create: async (inputs, { objects, configuration, token }) => {
    const place = JSON.stringify(configuration);
    const isThere = objects.some(
      (object) =>
        object.token === token &&
        object.inputs["clientId"] === inputs["clientId"] &&
        JSON.stringify(object.configuration) === place,
    );
    if (isThere) {
      throw new Error("the service principal exists already in this tenant");
    }
    const objectId = randomUUID();
    return { id: `/servicePrincipals/${objectId}`, outputs: { objectId } };
  },
};

function idIn(inputs: Values, context: StandInContext, type: string, name: string): string {
  const subscription = textOf(context.configuration, "subscriptionId");
  const group = textOf(inputs, "resourceGroupName");
  return `/subscriptions/${subscription}/resourceGroups/${group}/providers/${type}/${textOf(inputs, name)}`;
}

/** Azure answers SecurityRuleConflict when two rules of a direction have one priority. */
function duplicatePriorities(rules: Values[string] | undefined) {
  const keys = Array.isArray(rules)
    ? rules.map((rule: Values) => `${String(rule["direction"])} ${String(rule["priority"])}`)
    : [];
  return keys
    .filter((key, index) => keys.indexOf(key) !== index)
    .map((key) => ({ property: "securityRules", reason: `has two rules ${key}` }));
}
