import type * as pulumi from "@pulumi/pulumi";
import type { CloudRunCapacity } from "./cloud-run-capacity.ts";
import type { CloudRunNetwork, CloudRunSettings } from "./cloud-run-settings.ts";

/** One version of the secret that has the credentials. */
export interface SecretVersionReference {
  /** `NAME`, or `projects/PROJECT/secrets/NAME`. */
  readonly secretId: pulumi.Input<string>;
  readonly version: pulumi.Input<string>;
}

/** Seconds without a round trip through the tunnel after which the runner ends itself. */
const offlineExitSeconds = 300;

/**
 * What each instance of the worker pool is; any change of it makes a new revision.
 *
 * The credentials come as a variable that Cloud Run fills from one version of the secret when the instance
 * starts, and not as a file: Cloud Run mounts secrets of worker pools as root's ("Configure secrets for worker
 * pools", "Volume ownership"), so that a runner which is not root could read one only if the whole world may,
 * and the runner refuses such a file. A probe cannot run a command here and the runner has no port, so it ends
 * itself instead (`HOLDFAST_OFFLINE_EXIT_SECONDS`), and Cloud Run starts another.
 */
export function workerPoolTemplate(
  settings: CloudRunSettings,
  serviceAccount: pulumi.Input<string>,
  credentials: SecretVersionReference,
  networkTag: string,
) {
  const { runner, capacity, kmsKeyName, network } = settings;
  return {
    serviceAccount,
    labels: runner.tags,
    // Rolls the instances when the content behind a reference changed (`rolloutToken`).
    annotations: { "holdfast.dev/credentials-fingerprint": runner.credentialsFingerprint },
    ...(kmsKeyName === undefined ? {} : { encryptionKey: kmsKeyName }),
    ...(network === undefined ? {} : { vpcAccess: vpcAccess(network, networkTag) }),
    containers: [
      {
        name: "runner",
        image: runner.image,
        resources: { limits: capacity.apply(resourceLimits) },
        envs: [
          ...variables({
            ...runner.environment,
            HOLDFAST_OFFLINE_EXIT_SECONDS: String(offlineExitSeconds),
          }),
          {
            name: "HOLDFAST_CREDENTIALS",
            valueSource: {
              secretKeyRef: { secret: credentials.secretId, version: credentials.version },
            },
          },
        ],
      },
    ],
  };
}

/** Limits as Cloud Run writes them: whole processors, MiB. */
export function resourceLimits(capacity: CloudRunCapacity): Readonly<Record<string, string>> {
  return {
    cpu: String(capacity.cpuMillicores / 1_000),
    memory: `${capacity.memoryMebibytes}Mi`,
  };
}

function vpcAccess({ network, subnetwork }: CloudRunNetwork, tag: string) {
  return {
    // Otherwise traffic to public addresses would not pass the network's firewall.
    egress: "ALL_TRAFFIC",
    networkInterfaces: [
      { network, ...(subnetwork === undefined ? {} : { subnetwork }), tags: [tag] },
    ],
  };
}

function variables(environment: Readonly<Record<string, pulumi.Input<string>>>) {
  return Object.entries(environment)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => ({ name, value }));
}
