/** Built-in roles that the components assign (Azure, "Azure built-in roles"), by their GUIDs. */
export const azureBuiltInRole = {
  /** `Key Vault Secrets User`: reads the content of secrets, in vaults with role-based access. */
  keyVaultSecretsUser: "4633458b-17de-408a-b874-0445c86b69e6",
  /** `AcrPull`: pulls images from a container registry. */
  acrPull: "7f951dda-4ed3-4680-a7ca-43fe172d538d",
} as const;
