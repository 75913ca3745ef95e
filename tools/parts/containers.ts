import { installDebianPackages } from "./debian.ts";
import type { Progress } from "./progress.ts";
import { findOnPath, isExecutable } from "./run.ts";

/** Where Debian's package puts the network plugins. */
export const networkPluginsFolder = "/usr/lib/cni";

const programs = [
  "containerd",
  "containerd-shim-runc-v2",
  "ctr",
  "runc",
  "iptables",
  "nft",
  "buildah",
  "openssl",
  "ip",
  "nsenter",
];
const packages = [
  "containerd",
  "runc",
  "containernetworking-plugins",
  "iptables",
  "nftables",
  "buildah",
  "openssl",
  "iproute2",
  "util-linux",
];

/**
 * Brings what runs containers: containerd, runc, the network plugins, nftables, iptables and buildah.
 *
 * @throws {PartFailure} saying what to install, if something is missing and we may not install it.
 */
export async function provideContainerTools(progress: Progress): Promise<void> {
  const found = await Promise.all(programs.map((name) => findOnPath(name)));
  const hasPlugins = await isExecutable(`${networkPluginsFolder}/ptp`);
  if (!hasPlugins || found.includes(undefined)) {
    await installDebianPackages(packages, progress);
  }
}
