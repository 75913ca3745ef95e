import { ContainerApp } from "@pulumi/azure-native/app/containerApp.js";
import * as pulumi from "@pulumi/pulumi";
import { runnerImage } from "../runner-workload/runner-image.ts";
import type { RunnerSettings } from "../runner-workload/runner-settings.ts";
import { accessPropagationHook } from "./access-propagation.ts";
import type { ContainerAppsEnvironment, ContainerAppsScope } from "./container-apps-environment.ts";
import type { ContainerAppsSettings } from "./container-apps-settings.ts";
import type { CredentialsEntry } from "./credentials-entry.ts";

/** Seconds without a round trip after which a runner ends itself: the platform cannot ask it, having no port. */
const offlineExitSeconds = 300;

/** What the app is made with. */
export interface ContainerAppNeeds {
  readonly environment: ContainerAppsEnvironment;
  readonly entry: CredentialsEntry;
  /** Resource id of the identity that reads the entry and pulls the image. */
  readonly platformIdentityId: pulumi.Input<string>;
  /** The identity that the runner acts with. */
  readonly runtimeIdentity: {
    readonly id: pulumi.Input<string>;
    readonly clientId: pulumi.Input<string>;
  };
  /** The app starts after these. */
  readonly startAfter: readonly pulumi.Resource[];
}

/** Makes the app: no ingress, no port, one active revision. */
export function containerApp(
  { name, parent }: ContainerAppsScope,
  settings: ContainerAppsSettings,
  needs: ContainerAppNeeds,
): ContainerApp {
  const { environment, platformIdentityId, runtimeIdentity } = needs;
  const { containerAppName, accessWaitSecondsMax } = settings;
  const { workloadProfileName } = environment;
  return new ContainerApp(
    `${name}-app`,
    {
      resourceGroupName: settings.resourceGroupName,
      location: settings.location,
      environmentId: environment.id,
      ...(containerAppName === undefined ? {} : { containerAppName }),
      ...(workloadProfileName === undefined ? {} : { workloadProfileName }),
      identity: {
        type: "UserAssigned",
        userAssignedIdentities: [platformIdentityId, runtimeIdentity.id],
      },
      configuration: appConfiguration(settings, needs),
      template: appTemplate(settings.runner, appEnvironment(settings, needs)),
      tags: settings.runner.tags,
    },
    {
      parent,
      dependsOn: [...needs.startAfter],
      hooks: { onError: [accessPropagationHook(name, accessWaitSecondsMax)] },
    },
  );
}

const secretName = "runner-credentials";

/** What belongs to the app and not to a revision: a change of it alone starts nothing anew. */
export function appConfiguration(
  { registry }: Pick<ContainerAppsSettings, "registry">,
  { entry, platformIdentityId, runtimeIdentity }: ContainerAppNeeds,
) {
  return {
    activeRevisionsMode: "Single",
    maxInactiveRevisions: 3,
    identitySettings: [
      // The runner's own code cannot get a token of it.
      { identity: platformIdentityId, lifecycle: "None" },
      { identity: runtimeIdentity.id, lifecycle: "Main" },
    ],
    registries:
      registry.server === undefined
        ? []
        : [{ server: registry.server, identity: platformIdentityId }],
    secrets: [{ name: secretName, keyVaultUrl: entry.uri, identity: platformIdentityId }],
  };
}

/** What makes a revision: any change of it starts new runners, and then stops the earlier ones. */
export function appTemplate(
  runner: Pick<
    RunnerSettings,
    "cpuMillicores" | "image" | "memoryMebibytes" | "replicas" | "terminationGraceSeconds"
  >,
  environment: Readonly<Record<string, pulumi.Input<string>>>,
) {
  return {
    terminationGracePeriodSeconds: runner.terminationGraceSeconds,
    // Equal: nothing scales, and without ingress nothing would ever wake an app that has none.
    scale: { minReplicas: runner.replicas, maxReplicas: runner.replicas },
    volumes: [
      {
        name: "credentials",
        storageType: "Secret",
        secrets: [{ secretRef: secretName, path: runnerImage.credentialsFileName }],
      },
      { name: "temporary", storageType: "EmptyDir" },
    ],
    containers: [
      {
        name: "runner",
        image: runner.image,
        command: [...runnerImage.startCommand],
        env: Object.entries(environment).map(([name, value]) => ({ name, value })),
        resources: {
          cpu: pulumi.output(runner.cpuMillicores).apply((millicores) => millicores / 1_000),
          memory: pulumi
            .output(runner.memoryMebibytes)
            .apply((mebibytes) => `${mebibytes / 1_024}Gi`),
        },
        volumeMounts: [
          { volumeName: "credentials", mountPath: runnerImage.credentialsFolder },
          { volumeName: "temporary", mountPath: runnerImage.temporaryFolder },
        ],
      },
    ],
  };
}

/** The runner's environment, sorted. */
export function appEnvironment(
  { runner, credentialsPlace }: Pick<ContainerAppsSettings, "credentialsPlace" | "runner">,
  { entry, runtimeIdentity }: ContainerAppNeeds,
): Readonly<Record<string, pulumi.Input<string>>> {
  const { credentialsFingerprint } = runner;
  const version = entry.uri.apply((uri) => uri.split("/").at(-1) ?? "");
  const variables = {
    ...runner.environment,
    HOLDFAST_CREDENTIALS_FILE: `${runnerImage.credentialsFolder}/${runnerImage.credentialsFileName}`,
    HOLDFAST_OFFLINE_EXIT_SECONDS: String(offlineExitSeconds),
    // Of several identities, which one: the platform gives no default.
    AZURE_CLIENT_ID: runtimeIdentity.clientId,
    // Other credentials make no revision (Container Apps, "Manage secrets"); this does. Not a revision
    // suffix, which must never come again, so that nobody could go back.
    CREDENTIALS_FINGERPRINT:
      credentialsPlace.kind === "existing entry"
        ? pulumi.interpolate`${credentialsFingerprint}-${version}`
        : credentialsFingerprint,
  };
  return Object.fromEntries(Object.entries(variables).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
