/**
 * What the owner of a tenant does to let an application of another tenant act in it, and to learn the object
 * id that roles are assigned to (Entra, "Create an enterprise application from a multitenant application").
 *
 * @param clientId the application's.
 */
export function azureConsentSteps(clientId: string): string {
  return [
    `az login --tenant TARGET_TENANT --allow-no-subscriptions`,
    `az ad sp create --id ${clientId} --query id --output tsv`,
  ].join("\n");
}
