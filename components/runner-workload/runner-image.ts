/** What the components know of the runner's image (Dockerfile). */
export const runnerImage = {
  /** Starts the runner; the image's entry point and command do the same. */
  startCommand: ["/usr/bin/holdfast-runner", "start"],
  /** Ends with 0 while the runner's last round trip through the tunnel is fresh (docs/runner.md, "Health"). */
  healthCommand: ["/usr/bin/holdfast-runner", "health"],
  /** User and group that the image runs as. */
  userId: 65_532,
  /** Folder that the credentials file is mounted in. */
  credentialsFolder: "/var/run/holdfast",
  /** Name of the file in it. */
  credentialsFileName: "runner.json",
  /** Folder for temporary files: the only one that the runner writes to. */
  temporaryFolder: "/tmp",
} as const;
