import { type AzureMemory, azureNamed } from "./azure-memory.ts";
import { differencesOf } from "./differences.ts";
import {
  type InputProblem,
  isValues,
  type StandInContext,
  type StandInObject,
  type StandInResource,
  textOf,
  type Value,
  type Values,
  valueAt,
} from "./stand-in-provider.ts";

const keyVaultSecretsUser = "4633458b-17de-408a-b874-0445c86b69e6";

/** Microsoft.App, as known and not looked up: location and infrastructureResourceGroup are set at creation. */
export const managedEnvironment: StandInResource = {
  ...azureNamed("environmentName", [
    "resourceGroupName",
    "environmentName",
    "location",
    "infrastructureResourceGroup",
  ]),
  create: async (inputs, { configuration }) => {
    const name = textOf(inputs, "environmentName");
    return {
      id: appId(inputs, configuration, "managedEnvironments", name),
      outputs: { name, staticIp: "10.0.0.4" },
    };
  },
  // Container Apps, "Networking in an environment": the network of an environment cannot be changed.
  update: async (_id, inputs, state) => {
    for (const name of ["vnetConfiguration", "zoneRedundant"]) {
      if (differencesOf({ at: state[name] ?? null }, { at: inputs[name] ?? null }).length > 0) {
        throw new Error(`ManagedEnvironmentInvalidNetworkConfiguration: ${name} cannot be changed`);
      }
    }
    return {};
  },
};

/**
 * Microsoft.App, as known and not looked up: location, environmentId and managedEnvironmentId are set at creation. A
 * change of the template makes a revision, one of the configuration does not (Container Apps, "Update and
 * deploy changes", "Change types"). Entries of a Key Vault are read when the app is written, by the identity
 * that it names.
 */
export function containerApp(memory: AzureMemory): StandInResource {
  return {
    ...azureNamed("containerAppName", [
      "resourceGroupName",
      "containerAppName",
      "location",
      "environmentId",
      "managedEnvironmentId",
    ]),
    computedOnUpdate: ["latestRevisionName", "latestReadyRevisionName"],
    check: ({ template }) => (isValues(template) ? templateProblems(template) : []),
    create: async (inputs, context) => {
      const name = textOf(inputs, "containerAppName");
      if (!/^(?=.{2,32}$)[a-z](?:-?[a-z0-9])*$/.test(name)) {
        throw new Error(`ContainerAppInvalidName: ${name}`);
      }
      readEntries(inputs, context, memory);
      return {
        id: appId(inputs, context.configuration, "containerApps", name),
        outputs: { name, ...revision(name, 1) },
      };
    },
    update: async (_id, inputs, state, context) => {
      readEntries(inputs, context, memory);
      const name = textOf(state, "name");
      const number = Number(textOf(state, "latestRevisionName").split("--")[1]);
      const before: Values = { at: state["template"] ?? null };
      const isChanged = differencesOf(before, { at: inputs["template"] ?? null }).length > 0;
      return revision(name, isChanged ? number + 1 : number);
    },
  };
}

function revision(name: string, number: number): Values {
  const latest = `${name}--${number}`;
  return { latestRevisionName: latest, latestReadyRevisionName: latest };
}

function readEntries(inputs: Values, context: StandInContext, memory: AzureMemory): void {
  for (const entry of listAt(inputs, "configuration.secrets")) {
    const { name, keyVaultUrl, identity } = entry;
    if (!mayRead(String(keyVaultUrl), String(identity), context.objects, memory)) {
      throw new Error(
        `InvalidParameterValueInContainerTemplate: The following field(s) are either invalid or missing. Field 'configuration.secrets' is invalid with details: 'Invalid value: "${String(name)}": Unable to get value using Managed identity ${String(identity)} for secret ${String(name)}. Error: unable to fetch secret '${String(name)}' using Managed identity '${String(identity)}'';.`,
      );
    }
  }
}

function mayRead(
  uri: string,
  identityId: string,
  objects: readonly StandInObject[],
  memory: AzureMemory,
): boolean {
  const [, vault = "", secret = ""] =
    /^https:\/\/([^.]+)\.vault\.azure\.net\/secrets\/([^/]+)\/[0-9a-f]{32}$/.exec(uri) ?? [];
  const principal = objects.find(({ id }) => id === identityId)?.outputs["principalId"];
  const right = objects.find(
    ({ token, inputs }) =>
      token === "azure-native:authorization:RoleAssignment" &&
      inputs["principalId"] === principal &&
      textOf(inputs, "roleDefinitionId").endsWith(keyVaultSecretsUser) &&
      textOf(inputs, "scope").endsWith(`/vaults/${vault}/secrets/${secret}`),
  );
  if (right === undefined || !memory.isSeen(right.id)) {
    return false;
  }
  const isOurs = objects.some(
    ({ token, outputs }) =>
      token === "azure-native:keyvault:Secret" &&
      textOf(outputs, "vaultName") === vault &&
      textOf(outputs, "secretName") === secret,
  );
  return !isOurs || memory.hasVersion(uri);
}

/** Container Apps, "Containers" and "Scaling rules": sizes, replicas, grace; what the API itself refuses. */
function templateProblems(template: Values): readonly InputProblem[] {
  const problems: InputProblem[] = [];
  const report = (property: string, reason: string): void => {
    problems.push({ property: `template.${property}`, reason });
  };
  const grace = template["terminationGracePeriodSeconds"];
  if (typeof grace === "number" && (grace < 0 || grace > 600)) {
    report("terminationGracePeriodSeconds", "must be 0 to 600");
  }
  for (const [index, container] of listAt(template, "containers").entries()) {
    const cpu = valueAt(container, "resources.cpu");
    const memory = valueAt(container, "resources.memory");
    if (typeof cpu === "number" && typeof memory === "string" && memory !== `${cpu * 2}Gi`) {
      report(`containers[${index}].resources`, "is not one of the allowed pairs");
    }
  }
  return problems;
}

function listAt(values: Values, path: string): readonly Values[] {
  const list: Value | undefined = valueAt(values, path);
  return Array.isArray(list) ? list.filter(isValues) : [];
}

function appId(inputs: Values, configuration: Values, type: string, name: string): string {
  const subscription = textOf(configuration, "subscriptionId");
  const group = textOf(inputs, "resourceGroupName");
  return `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.App/${type}/${name}`;
}
