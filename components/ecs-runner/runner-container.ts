import { runnerImage } from "../runner-workload/runner-image.ts";

/** What differs between the containers of two runners. */
export interface RunnerContainerValues {
  readonly image: string;
  /** Variables by name. */
  readonly environment: Readonly<Record<string, string>>;
  /** The version of the secret with the credentials, as `valueFrom` names it. */
  readonly credentialsFrom: string;
  /** Changes with the credentials; no secret. */
  readonly credentialsFingerprint: string;
  readonly logGroupName: string;
  readonly region: string;
  /** Seconds; ECS takes up to 120. */
  readonly stopTimeoutSeconds: number;
  /** Whether people may open a shell in it, which cannot be with a read-only root. */
  readonly executeCommand: boolean;
}

/** Name of the one container of the task. */
const containerName = "runner";

/** Name of the volume for temporary files. */
export const temporaryVolumeName = "tmp";

/**
 * The container definitions of the task, as canonical text: equal values give equal text, and every default of
 * ECS is written out, because one that ECS filled in would show as a difference at the next update and roll the
 * runner for nothing.
 *
 * The fingerprint stands in a label: where the entry is named without a version, nothing else would change with
 * the credentials, and no new revision would start.
 */
export function runnerContainerDefinitions(values: RunnerContainerValues): string {
  return JSON.stringify([
    {
      name: containerName,
      image: values.image,
      essential: true,
      cpu: 0,
      user: `${runnerImage.userId}:${runnerImage.userId}`,
      // AWS: "the SSM agent requires that the container file system is able to be written to".
      readonlyRootFilesystem: !values.executeCommand,
      linuxParameters: {
        capabilities: { add: [], drop: ["ALL"] },
        initProcessEnabled: true,
      },
      environment: Object.entries(values.environment)
        .map(([name, value]) => ({ name, value }))
        .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      environmentFiles: [],
      // Fargate mounts no secret as a file.
      secrets: [{ name: "HOLDFAST_CREDENTIALS", valueFrom: values.credentialsFrom }],
      mountPoints: [
        {
          sourceVolume: temporaryVolumeName,
          containerPath: runnerImage.temporaryFolder,
          readOnly: false,
        },
      ],
      volumesFrom: [],
      portMappings: [],
      systemControls: [],
      // Without it, a runner that crashes after its start counts as a success of the deployment.
      healthCheck: {
        command: ["CMD", ...runnerImage.healthCommand],
        interval: 30,
        timeout: 10,
        retries: 3,
        startPeriod: 60,
      },
      stopTimeout: values.stopTimeoutSeconds,
      dockerLabels: { "holdfast.credentials-fingerprint": values.credentialsFingerprint },
      logConfiguration: {
        logDriver: "awslogs",
        options: {
          "awslogs-group": values.logGroupName,
          "awslogs-region": values.region,
          "awslogs-stream-prefix": containerName,
          // A log that cannot be written must not stop the runner.
          mode: "non-blocking",
          "max-buffer-size": "4m",
        },
        secretOptions: [],
      },
    },
  ]);
}
