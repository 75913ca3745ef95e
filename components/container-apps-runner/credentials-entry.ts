import { RoleAssignment } from "@pulumi/azure-native/authorization/roleAssignment.js";
import { Secret } from "@pulumi/azure-native/keyvault/secret.js";
import { Vault } from "@pulumi/azure-native/keyvault/vault.js";
import type { UserAssignedIdentity } from "@pulumi/azure-native/managedidentity/userAssignedIdentity.js";
import * as pulumi from "@pulumi/pulumi";
import { RandomString } from "@pulumi/random/randomString.js";
import { azureBuiltInRole } from "../cross-account/azure-built-in-role.ts";
import { azureRoleDefinitionId } from "../cross-account/azure-resource-id.ts";
import type { ContainerAppsScope } from "./container-apps-environment.ts";
import type { ContainerAppsSettings } from "./container-apps-settings.ts";

/** The entry of a Key Vault that the app reads. */
export interface CredentialsEntry {
  /** With its version: another one whenever the content is another. No secret. */
  readonly uri: pulumi.Output<string>;
  /** The app is only made when the identity may read the entry. */
  readonly startAfter: readonly pulumi.Resource[];
}

/** What the entry is made with. */
export interface EntryNeeds {
  /** Reads the entry. */
  readonly identity: UserAssignedIdentity;
  /** Where it is read from; undefined if that is not known here. */
  readonly subnetId: pulumi.Output<string> | undefined;
}

/** The entry that exists, or else one that is made; and the right to read that one entry and no other. */
export function credentialsEntry(
  scope: ContainerAppsScope,
  settings: ContainerAppsSettings,
  needs: EntryNeeds,
): CredentialsEntry {
  const { credentialsPlace: place, runner } = settings;
  if (place.kind === "existing entry" || runner.credentials === undefined) {
    const uri = pulumi.output(place.kind === "existing entry" ? place.uri : "");
    const entryScope = place.kind === "existing entry" ? place.scope : undefined;
    return {
      uri,
      startAfter: entryScope === undefined ? [] : [makeReadRight(scope, entryScope, needs)],
    };
  }
  const secret = makeSecret(scope, settings, needs, runner.credentials);
  return {
    // Secret only because its neighbor is: a URI is of no use without a right to read it.
    uri: pulumi.unsecret(
      secret.properties.apply(({ secretUriWithVersion }) => secretUriWithVersion),
    ),
    startAfter: [makeReadRight(scope, secret.id, needs)],
  };
}

function makeSecret(
  scope: ContainerAppsScope,
  settings: ContainerAppsSettings,
  needs: EntryNeeds,
  credentials: pulumi.Output<string>,
): Secret {
  const place = settings.credentialsPlace;
  const vault = place.kind === "own vault" ? makeVault(scope, settings, needs, place) : undefined;
  const where =
    place.kind === "existing vault"
      ? { vaultName: place.vaultName, resourceGroupName: place.resourceGroupName }
      : { vaultName: vault?.name ?? "", resourceGroupName: settings.resourceGroupName };
  return new Secret(
    `${scope.name}-credentials`,
    {
      // Without a name of ours: one that was deleted is kept, and its name with it, for the vault's
      // retention, so that the runner could not be made again under it.
      ...where,
      properties: { value: credentials, contentType: "application/json" },
      tags: settings.runner.tags,
    },
    {
      parent: scope.parent,
      // The provider marks nothing here by itself.
      additionalSecretOutputs: ["properties"],
      // Deleting an entry takes the vault's data plane, which answers the runner's subnet and not whoever
      // destroys the stack; a vault takes its entries along.
      ...(vault === undefined ? {} : { deletedWith: vault }),
    },
  );
}

function makeVault(
  { name, parent }: ContainerAppsScope,
  { runner, resourceGroupName, location }: ContainerAppsSettings,
  { identity, subnetId }: EntryNeeds,
  { subnetIds }: { readonly subnetIds: readonly pulumi.Input<string>[] | undefined },
): Vault {
  // Names of vaults are unique in the world, and the provider's own would be too long. Not from the
  // component's name, so that another one does not make another vault.
  const suffix = new RandomString(
    `${name}-vault-suffix`,
    {
      length: 12,
      special: false,
      upper: false,
      keepers: { resourceGroupName, location: location ?? "" },
    },
    { parent },
  );
  const allowed = [...(subnetId === undefined ? [] : [subnetId]), ...(subnetIds ?? [])];
  return new Vault(
    `${name}-vault`,
    {
      resourceGroupName,
      location,
      vaultName: pulumi.interpolate`runner-${suffix.result}`,
      properties: {
        tenantId: identity.tenantId,
        sku: { family: "A", name: "standard" },
        enableRbacAuthorization: true,
        enableSoftDelete: true,
        softDeleteRetentionInDays: 90,
        enablePurgeProtection: true,
        publicNetworkAccess: "Enabled",
        networkAcls: {
          // Resource Manager, which writes the entry, is one of the services.
          bypass: "AzureServices",
          defaultAction: subnetIds === undefined ? "Allow" : "Deny",
          virtualNetworkRules: subnetIds === undefined ? [] : allowed.map((id) => ({ id })),
        },
      },
      tags: runner.tags,
    },
    // Elsewhere it has another name, so that the earlier one need not go first, and the runner with it.
    { parent, deleteBeforeReplace: false },
  );
}

function makeReadRight(
  { name, parent }: ContainerAppsScope,
  scope: pulumi.Input<string>,
  { identity }: EntryNeeds,
): RoleAssignment {
  return assignRole(`${name}-read-credentials`, scope, azureBuiltInRole.keyVaultSecretsUser, {
    parent,
    identity,
  });
}

/** Gives the platform's identity a built-in role at a scope. */
export function assignRole(
  name: string,
  scope: pulumi.Input<string>,
  roleGuid: string,
  {
    parent,
    identity,
  }: { readonly parent: pulumi.Resource; readonly identity: UserAssignedIdentity },
): RoleAssignment {
  return new RoleAssignment(
    name,
    {
      scope,
      principalId: identity.principalId,
      // Without it Azure looks the principal up, and does not find one that has just been made.
      principalType: "ServicePrincipal",
      roleDefinitionId: pulumi.output(scope).apply((text) => azureRoleDefinitionId(text, roleGuid)),
    },
    { parent },
  );
}
