import { ApiClient } from "./api-client.ts";
import { createCertificates } from "./certificates.ts";
import {
  apiServerCommand,
  controllerManagerCommand,
  etcdCommand,
} from "./control-plane-programs.ts";
import { Daemon } from "./daemon.ts";
import { writeKubeconfig } from "./kubeconfig.ts";
import type { ClusterLayout } from "./layout.ts";
import { dieWithUs } from "./namespaces.ts";
import type { RunningCluster } from "./node-cluster.ts";
import { waitUntil } from "./wait.ts";

/**
 * Starts an API server with its store and its controllers, on loopback: objects are kept, checked, defaulted and
 * collected as in a whole cluster, and no pod ever runs. Needs no privileges.
 *
 * @throws {PartFailure} if a part of it does not start; nothing but files is left then.
 */
export async function startApiServerCluster(layout: ClusterLayout): Promise<RunningCluster> {
  const daemons: Daemon[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(daemons.map(async (daemon) => await daemon.kill()));
  };
  try {
    await createCertificates(layout.certificates, {
      name: layout.node,
      address: layout.api.address,
      apiServiceAddress: layout.slot.apiServiceAddress,
    });
    for (const identity of ["admin", "controller-manager"]) {
      await writeKubeconfig(layout, identity);
    }
    await startPrograms(layout, daemons);
    return { namespacesPid: undefined, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startPrograms(layout: ClusterLayout, daemons: Daemon[]): Promise<void> {
  const follow = await dieWithUs();
  const start = (name: string, command: readonly string[]): Daemon => {
    const daemon = new Daemon(name, [...follow, ...command], layout.logs);
    daemons.push(daemon);
    return daemon;
  };
  const etcd = start("etcd", etcdCommand(layout));
  const apiServer = start("kube-apiserver", apiServerCommand(layout, false));
  const api = await ApiClient.create(layout);
  await waitUntil("the API server", [etcd, apiServer], async () => await api.isReady());
  const controllers = start("kube-controller-manager", controllerManagerCommand(layout));
  await waitUntil("the controllers", [etcd, apiServer, controllers], async () => {
    return await api.hasDefaultServiceAccount();
  });
}
