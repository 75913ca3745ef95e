import { join } from "node:path";
import { run } from "../parts/run.ts";
import { ApiClient } from "./api-client.ts";
import { createCertificates } from "./certificates.ts";
import { createCgroups, removeCgroups } from "./cgroups.ts";
import { writeNodeConfiguration } from "./configuration.ts";
import { importImage, isContainerdReady } from "./containerd.ts";
import {
  apiServerCommand,
  controllerManagerCommand,
  etcdCommand,
  schedulerCommand,
} from "./control-plane-programs.ts";
import { Daemon } from "./daemon.ts";
import { writeKubeconfig } from "./kubeconfig.ts";
import { type ClusterLayout, kubeconfigPath } from "./layout.ts";
import { createNamespaces, type Namespaces } from "./namespaces.ts";
import { connectNamespace, removeInterface } from "./network.ts";
import { waitUntil } from "./wait.ts";

/** A cluster that runs, as the process sees it that holds it. */
export interface RunningCluster {
  /** Process number of the first process in the cluster's namespaces; undefined where it has none. */
  readonly namespacesPid: number | undefined;
  /** Ends all processes and removes devices and cgroups; files are the caller's. */
  stop(): Promise<void>;
}

const identities = ["admin", "kubelet", "controller-manager", "scheduler", "proxy", "coredns"];

/**
 * Starts a whole single-node cluster, and waits until its node takes pods.
 *
 * @throws {PartFailure} if a part of it does not start; nothing but files is left then.
 */
export async function startNodeCluster(
  layout: ClusterLayout,
  pause: { readonly program: string; readonly archive: string },
): Promise<RunningCluster> {
  const daemons: Daemon[] = [];
  let namespaces: Namespaces | undefined;
  const stop = async (): Promise<void> => {
    await namespaces?.kill();
    await Promise.all(daemons.map(async (daemon) => await daemon.waitForEnd()));
    await removeInterface(layout.slot.interfaceName);
    await removeCgroups(layout.slot.cgroup);
  };
  try {
    await createCgroups(layout.slot.cgroup);
    const certificates = createClusterCertificates(layout);
    [namespaces] = await Promise.all([createNamespaces(layout, pause.program), certificates]);
    await connectNamespace(layout.slot, namespaces.pid);
    await startPrograms(layout, namespaces, pause.archive, daemons);
    return { namespacesPid: namespaces.pid, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function createClusterCertificates(layout: ClusterLayout): Promise<void> {
  await createCertificates(layout.certificates, {
    name: layout.node,
    address: layout.slot.nodeAddress,
    apiServiceAddress: layout.slot.apiServiceAddress,
  });
  await Promise.all(identities.map(async (identity) => await writeKubeconfig(layout, identity)));
  await writeNodeConfiguration(layout);
}

/** In the order in which they need each other; each is added to `daemons` as it starts. */
async function startPrograms(
  layout: ClusterLayout,
  namespaces: Namespaces,
  pauseArchive: string,
  daemons: Daemon[],
): Promise<void> {
  const start = (name: string, command: readonly string[]): Daemon => {
    const daemon = new Daemon(name, namespaces.enter(command), layout.logs);
    daemons.push(daemon);
    return daemon;
  };
  const etcd = start("etcd", etcdCommand(layout));
  const apiServer = start("kube-apiserver", apiServerCommand(layout, true));
  const containerd = start("containerd", [
    "containerd",
    `--config=${layout.state}/containerd.toml`,
  ]);
  const prepareContainerd = async (): Promise<void> => {
    await waitUntil("containerd", [containerd], async () => {
      return await isContainerdReady(namespaces.enter.bind(namespaces));
    });
    await importImage(namespaces.enter.bind(namespaces), pauseArchive);
  };
  const api = await ApiClient.create(layout);
  await Promise.all([
    prepareContainerd(),
    waitUntil("the API server", [etcd, apiServer], async () => await api.isReady()),
  ]);
  const kubelet = start("kubelet", kubeletCommand(layout));
  const controllers = start("kube-controller-manager", controllerManagerCommand(layout));
  const scheduler = start("kube-scheduler", schedulerCommand(layout));
  await createBootstrapObjects(layout);
  const proxy = start("kube-proxy", proxyCommand(layout));
  const nameServer = start("coredns", [
    join(layout.bin, "coredns"),
    `-conf=${layout.state}/Corefile`,
  ]);
  const all = [etcd, apiServer, containerd, proxy, nameServer, scheduler, controllers, kubelet];
  await waitUntil("the node to be ready", all, async () => await api.isNodeReady(layout.node));
  await waitUntil(
    "the service account of pods",
    all,
    async () => await api.hasDefaultServiceAccount(),
  );
}

async function createBootstrapObjects(layout: ClusterLayout): Promise<void> {
  const kubeconfig = `--kubeconfig=${kubeconfigPath(layout, "admin")}`;
  const objects = `--filename=${layout.state}/bootstrap.json`;
  await run(join(layout.bin, "kubectl"), [kubeconfig, "create", objects], {
    advice: "read the lines above, and run this again.",
    // What it learns of this cluster goes with it, and not into the user's home.
    environment: { KUBECACHEDIR: `${layout.state}/kubectl` },
  });
}

function kubeletCommand(layout: ClusterLayout): readonly string[] {
  return [
    join(layout.bin, "kubelet"),
    `--config=${layout.state}/kubelet.json`,
    `--kubeconfig=${kubeconfigPath(layout, "kubelet")}`,
    `--hostname-override=${layout.node}`,
    `--node-ip=${layout.slot.nodeAddress}`,
    `--root-dir=${layout.state}/kubelet`,
    `--cert-dir=${layout.certificates}`,
  ];
}

function proxyCommand(layout: ClusterLayout): readonly string[] {
  return [join(layout.bin, "kube-proxy"), `--config=${layout.state}/proxy.json`];
}
