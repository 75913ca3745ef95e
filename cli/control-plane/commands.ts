import type { CommandSpec } from "../command.ts";

/** Commands of the control plane. */
export const controlPlaneCommands: readonly CommandSpec[] = [
  {
    name: "start",
    about: "run a control plane until it is stopped",
    details:
      "Becomes the control plane. Further settings are taken from the variables HOLDFAST_*\n" +
      "(docs/reference/control-plane-settings.md). At its first start it makes its authority, its keys and\n" +
      "an administrator key in the data directory.",
    options: [
      {
        flags: "--data-dir <folder>",
        about: "store, authority and keys (default: .holdfast/control-plane)",
      },
      {
        flags: "--listen-host <host>",
        about: "address that both listeners bind (default: 127.0.0.1)",
      },
      {
        flags: "--tunnel-port <port>",
        about: "port for runners (default: 8443); 0 takes a free one",
      },
      { flags: "--api-port <port>", about: "port for callers (default: 8444); 0 takes a free one" },
      {
        flags: "--log-level <level>",
        about: "lines below are not written",
        choices: ["debug", "info", "warn", "error"],
      },
    ],
    examples: [
      "holdfast control-plane start",
      "holdfast control-plane start --data-dir /var/lib/holdfast --listen-host 0.0.0.0",
    ],
    run: async (call) => await (await import("./start.ts")).startControlPlane(call),
  },
  {
    name: "status",
    about: "whether the control plane of the context serves, and how fast it answers",
    examples: ["holdfast control-plane status --context prod"],
    run: async (call) => await (await import("./status.ts")).askStatus(call),
  },
];
