import { UserAssignedIdentity } from "@pulumi/azure-native/managedidentity/userAssignedIdentity.js";
import * as pulumi from "@pulumi/pulumi";
import { azureBuiltInRole } from "../cross-account/azure-built-in-role.ts";
import { azureIdentity } from "../cross-account/azure-identity.ts";
import { ArgumentCheck } from "../runner-workload/argument-check.ts";
import { containerApp } from "./container-app.ts";
import { type ContainerAppsScope, containerAppsEnvironment } from "./container-apps-environment.ts";
import type { ContainerAppsRunnerArgs } from "./container-apps-runner-args.ts";
import {
  type ContainerAppsSettings,
  readContainerAppsSettings,
} from "./container-apps-settings.ts";
import { assignRole, credentialsEntry } from "./credentials-entry.ts";

/**
 * A runner on Azure Container Apps: an app without ingress, its credentials an entry of a Key Vault, and two
 * identities, so that the one that reads the entry is out of reach of the runner's code.
 *
 * The platform takes no security context and asks a container without ports nothing: that the runner is not
 * root comes from the image, and a runner that is cut off for 5 minutes ends itself, to be started again.
 */
export class ContainerAppsRunner extends pulumi.ComponentResource {
  /** Object id of the service principal that the runner acts as: roles are assigned to it. */
  readonly identityPrincipal: pulumi.Output<string>;
  /** The Key Vault entry, by URI with its version. */
  readonly secretReference: pulumi.Output<string>;
  /** Changes with the credentials; no secret. */
  readonly credentialsFingerprint: pulumi.Output<string>;
  /** Name of the container app. */
  readonly workloadName: pulumi.Output<string>;
  /** Client id of the identity that the runner acts with. */
  readonly identityClientId: pulumi.Output<string>;
  /** Object id of the service principal that reads the entry and pulls the image. */
  readonly platformIdentityPrincipal: pulumi.Output<string>;
  /** Resource id of the environment. */
  readonly environmentId: pulumi.Output<string>;

  /** @throws {pulumi.InputPropertiesError} if an argument is wrong, with all that is, before anything is made. */
  constructor(
    name: string,
    args: ContainerAppsRunnerArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    const check = new ArgumentCheck(`ContainerAppsRunner ${name}`);
    const settings = readContainerAppsSettings(name, args, check);
    check.finish();
    super("holdfast:index:ContainerAppsRunner", name, {}, options);
    const parts = makeRunner({ name, parent: this }, settings);
    this.identityPrincipal = parts.runtimeIdentity.principalId;
    this.secretReference = parts.entry.uri;
    this.credentialsFingerprint = settings.runner.credentialsFingerprint;
    this.workloadName = parts.app.name;
    this.identityClientId = parts.runtimeIdentity.clientId;
    this.platformIdentityPrincipal = parts.platformIdentity.principalId;
    this.environmentId = parts.environment.id;
    this.registerOutputs({
      identityPrincipal: this.identityPrincipal,
      secretReference: this.secretReference,
      credentialsFingerprint: this.credentialsFingerprint,
      workloadName: this.workloadName,
      identityClientId: this.identityClientId,
      platformIdentityPrincipal: this.platformIdentityPrincipal,
      environmentId: this.environmentId,
    });
  }
}

function makeRunner(scope: ContainerAppsScope, settings: ContainerAppsSettings) {
  const { name, parent } = scope;
  const { resourceGroupName, location, registry } = settings;
  const place = { resourceGroupName, location, tags: settings.runner.tags };
  const environment = containerAppsEnvironment(scope, settings);
  const platformIdentity = new UserAssignedIdentity(`${name}-platform-identity`, place, { parent });
  const runtimeIdentity = azureIdentity(
    `${name}-identity`,
    settings.existingRuntimeIdentity,
    place,
    parent,
  );
  const entry = credentialsEntry(scope, settings, {
    identity: platformIdentity,
    subnetId: environment.subnetId,
  });
  const pullRight =
    registry.id === undefined
      ? []
      : [
          assignRole(`${name}-pull-image`, registry.id, azureBuiltInRole.acrPull, {
            parent,
            identity: platformIdentity,
          }),
        ];
  const app = containerApp(scope, settings, {
    environment,
    entry,
    platformIdentityId: platformIdentity.id,
    runtimeIdentity,
    startAfter: [...entry.startAfter, ...pullRight],
  });
  return { environment, platformIdentity, runtimeIdentity, entry, app };
}
