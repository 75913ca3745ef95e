import type { Clock } from "@holdfast/foundation/clock.ts";
import { WorkerPool } from "@pulumi/gcp/cloudrunv2/workerPool.js";
import { Firewall } from "@pulumi/gcp/compute/firewall.js";
import { Secret } from "@pulumi/gcp/secretmanager/secret.js";
import { SecretIamMember } from "@pulumi/gcp/secretmanager/secretIamMember.js";
import { SecretVersion } from "@pulumi/gcp/secretmanager/secretVersion.js";
import { Account } from "@pulumi/gcp/serviceaccount/account.js";
import * as pulumi from "@pulumi/pulumi";
import type { CloudRunSettings } from "./cloud-run-settings.ts";
import { egressRules } from "./egress-rules.ts";
import { grantRetry } from "./grant-retry.ts";
import { type SecretVersionReference, workerPoolTemplate } from "./worker-pool-template.ts";

/** Whom the resources belong to, and what they are called. */
export interface CloudRunScope {
  /** Name of the component. */
  readonly name: string;
  readonly parent: pulumi.Resource;
  /** Id of the service account. */
  readonly accountId: string;
  /** Tag that the firewall rules recognize the runner by; nothing else may have it. */
  readonly networkTag: string;
  readonly clock: Clock;
}

/** The secret with the credentials, and who may read it. */
export interface RunnerSecret extends SecretVersionReference {
  /** The version, for people. */
  readonly reference: pulumi.Output<string>;
  /** The right to read it. */
  readonly reader: SecretIamMember;
}

/** What a worker pool is made from. */
export interface WorkerPoolNeeds {
  readonly email: pulumi.Output<string>;
  readonly secret: RunnerSecret;
  /** Firewall rules that must be there first. */
  readonly startAfter: readonly pulumi.Resource[];
}

/** The email of the service account that the runner is, made here or not. */
export function makeServiceAccount(
  { name, parent, accountId }: CloudRunScope,
  { project, serviceAccountEmail }: CloudRunSettings,
): pulumi.Output<string> {
  if (serviceAccountEmail !== undefined) {
    return pulumi.output(serviceAccountEmail);
  }
  const account = new Account(
    `${name}-account`,
    { accountId, displayName: `Holdfast runner ${name}`, ...inProject(project) },
    { parent },
  );
  return account.email;
}

/**
 * The secret, its version and the right to read it.
 *
 * guarantee: changed credentials become a new version while the earlier one is there; the earlier one is disabled,
 * not destroyed, when the worker pool has moved.
 */
export function makeSecret(
  scope: CloudRunScope,
  settings: CloudRunSettings,
  email: pulumi.Output<string>,
): RunnerSecret {
  const { existingSecret, project } = settings;
  if (existingSecret !== undefined) {
    const { secretId, version } = existingSecret;
    return {
      secretId,
      version,
      reference: pulumi.interpolate`${secretId}/versions/${version}`,
      reader: makeReader(scope, { secretId, ...inProject(project) }, email),
    };
  }
  const secret = new Secret(
    `${scope.name}-credentials`,
    { labels: settings.runner.tags, replication: replication(settings), ...inProject(project) },
    { parent: scope.parent },
  );
  const version = new SecretVersion(
    `${scope.name}-credentials-version`,
    {
      secret: secret.id,
      // The check of the arguments has seen that there are credentials, or else a secret that exists.
      secretData: settings.runner.credentials ?? pulumi.secret(""),
      deletionPolicy: "DISABLE",
    },
    { parent: scope.parent },
  );
  return {
    secretId: secret.secretId,
    version: version.version,
    reference: version.name,
    reader: makeReader(scope, { secretId: secret.id }, email),
  };
}

function makeReader(
  { name, parent }: CloudRunScope,
  secret: { readonly secretId: pulumi.Input<string>; readonly project?: pulumi.Input<string> },
  email: pulumi.Output<string>,
): SecretIamMember {
  return new SecretIamMember(
    `${name}-credentials-reader`,
    {
      ...secret,
      role: "roles/secretmanager.secretAccessor",
      member: pulumi.interpolate`serviceAccount:${email}`,
    },
    { parent },
  );
}

/** In named regions only, and never wherever the vendor likes. */
function replication({ secretLocations, kmsKeyName }: CloudRunSettings) {
  const encryption = kmsKeyName === undefined ? {} : { customerManagedEncryption: { kmsKeyName } };
  return {
    userManaged: { replicas: secretLocations.map((location) => ({ location, ...encryption })) },
  };
}

/** Rules of the network that let the runner connect to what it may, and to nothing else. */
export function makeFirewall(
  { name, parent, networkTag }: CloudRunScope,
  { network, runner }: CloudRunSettings,
): readonly Firewall[] {
  if (network === undefined) {
    return [];
  }
  return egressRules(runner.egress).map(
    ({ role, ports, destinationRanges, priorityOffset }) =>
      new Firewall(
        `${name}-${role}`,
        {
          network: network.network,
          direction: "EGRESS",
          targetTags: [networkTag],
          destinationRanges: [...destinationRanges],
          priority: pulumi
            .output(network.firewallPriority)
            .apply((first) => first + priorityOffset),
          ...(ports === undefined
            ? { denies: [{ protocol: "all" }] }
            : { allows: [{ protocol: "tcp", ports: [...ports] }] }),
          ...inProject(network.project),
        },
        { parent },
      ),
  );
}

/** The worker pool: deployed when the runner may read its secret and the firewall stands. */
export function makeWorkerPool(
  { name, parent, networkTag, clock }: CloudRunScope,
  settings: CloudRunSettings,
  { email, secret, startAfter }: WorkerPoolNeeds,
): WorkerPool {
  return new WorkerPool(
    `${name}-workload`,
    {
      location: settings.location,
      labels: settings.runner.tags,
      // The provider's own default is true, which makes `pulumi destroy` fail.
      deletionProtection: settings.deletionProtection,
      // Alone: the API has no minimum or maximum, which the provider offers nevertheless
      // (hashicorp/terraform-provider-google#26525).
      scaling: { manualInstanceCount: settings.runner.replicas },
      ...(settings.binaryAuthorization ? { binaryAuthorization: { useDefault: true } } : {}),
      template: workerPoolTemplate(settings, email, secret, networkTag),
      ...inProject(settings.project),
    },
    {
      parent,
      dependsOn: [secret.reader, ...startAfter],
      hooks: { onError: [grantRetry(name, clock)] },
    },
  );
}

function inProject(project: pulumi.Input<string> | undefined) {
  return project === undefined ? {} : { project };
}
