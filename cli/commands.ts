import { productVersion as version } from "@holdfast/protocol/version.ts";
import type { CommandSpec } from "./command.ts";

/** Commands without a noun. */
export const topLevelCommands: readonly CommandSpec[] = [
  {
    name: "dev",
    about: "the whole path on this machine: control plane, stack, runner, first operations",
    details:
      "Keeps its data under .holdfast/ of the folder it is started in, and goes on with what it finds there.\n" +
      "Stays up until Ctrl-C, and then shuts down in order.",
    options: [
      { flags: "--exit", about: "end after the first operations; 0 only if all succeeded" },
      { flags: "--data-dir <folder>", about: "where to keep everything (default: .holdfast)" },
      { flags: "--pulumi-root <folder>", about: "folder whose bin has the Pulumi CLI" },
      {
        flags: "--pulumi-hosts <folders>",
        about: "folders with language hosts, with colons between",
      },
      { flags: "--stop-with-parent", about: "shut down when the process that started it is gone" },
    ],
    examples: ["holdfast dev", "holdfast dev --exit"],
    run: async (call) => await (await import("./dev/dev.ts")).dev(call),
  },
  {
    name: "whoami",
    about: "who the control plane thinks you are",
    examples: ["holdfast whoami", "holdfast whoami --context prod --json"],
    run: async (call) => await (await import("./who-am-i.ts")).whoAmI(call),
  },
  {
    name: "completion",
    about: "print the completion script of a shell",
    arguments: [{ name: "<shell>", about: "your shell", choices: ["bash", "zsh", "fish"] }],
    examples: [
      "source <(holdfast completion bash)",
      "holdfast completion zsh > ~/.zfunc/_holdfast",
      "holdfast completion fish > ~/.config/fish/completions/holdfast.fish",
    ],
    run: async (call) => await (await import("./completion/scripts.ts")).printScript(call),
  },
  {
    name: "version",
    about: "print the version",
    examples: ["holdfast version", "holdfast version --json"],
    run: async ({ options, world }) => {
      const text = options.flag("json") ? JSON.stringify({ version }) : version;
      await world.terminal.write(`${text}\n`);
      return undefined;
    },
  },
];
