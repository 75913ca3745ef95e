import { randomBytes } from "node:crypto";
import { type AzureMemory, azureNamed } from "./azure-memory.ts";
import { type StandInResource, textOf, type Values, valueAt } from "./stand-in-provider.ts";

/** Microsoft.KeyVault, as known and not looked up: the path replaces; a deleted vault keeps its name when it is protected. */
export function keyVault(memory: AzureMemory): StandInResource {
  return {
    ...azureNamed("vaultName", ["resourceGroupName", "vaultName"]),
    create: async (inputs, { configuration }) => {
      const name = textOf(inputs, "vaultName");
      if (!/^(?=.{3,24}$)[a-zA-Z](?:-?[a-zA-Z0-9])*$/.test(name)) {
        throw new Error(`VaultNameNotValid: ${name}`);
      }
      memory.claimName(name);
      const subscription = textOf(configuration, "subscriptionId");
      const group = textOf(inputs, "resourceGroupName");
      return {
        id: `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.KeyVault/vaults/${name}`,
        outputs: { name },
      };
    },
    delete: async (_id, state) => {
      memory.keepName(textOf(state, "name"));
    },
  };
}

/**
 * Microsoft.KeyVault, as known and not looked up: the path replaces, and every write makes a version; earlier ones stay.
 * The answer never has the value. azure-native deletes by the data plane (custom_keyvault.go), which keeps the
 * name. An entry may be in a vault that nobody made here.
 */
export function keyVaultSecret(memory: AzureMemory): StandInResource {
  const write = (inputs: Values): Values => {
    const vault = textOf(inputs, "vaultName");
    const name = textOf(inputs, "secretName");
    const secretUri = `https://${vault}.vault.azure.net/secrets/${name}`;
    const secretUriWithVersion = `${secretUri}/${randomBytes(16).toString("hex")}`;
    memory.keepVersion(secretUriWithVersion, valueAt(inputs, "properties.value") ?? null);
    const contentType = valueAt(inputs, "properties.contentType") ?? null;
    return { name, properties: { secretUri, secretUriWithVersion, contentType } };
  };
  return {
    ...azureNamed("secretName", ["resourceGroupName", "vaultName", "secretName"]),
    // The provider previews answers as unknown where the specification marks them as read-only.
    computedOnUpdate: ["properties"],
    create: async (inputs, { configuration }) => {
      const name = textOf(inputs, "secretName");
      const vault = textOf(inputs, "vaultName");
      if (!/^[a-zA-Z0-9-]{1,127}$/.test(name)) {
        throw new Error(`BadParameter: the request URI contains an invalid name: ${name}`);
      }
      memory.claimName(`${vault}/${name}`);
      const subscription = textOf(configuration, "subscriptionId");
      const group = textOf(inputs, "resourceGroupName");
      return {
        id: `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.KeyVault/vaults/${vault}/secrets/${name}`,
        outputs: write(inputs),
      };
    },
    update: async (_id, inputs) => write(inputs),
    delete: async (_id, state) => {
      memory.keepName(`${textOf(state, "vaultName")}/${textOf(state, "secretName")}`);
    },
  };
}
