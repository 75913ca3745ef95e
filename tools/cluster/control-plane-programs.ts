import { join } from "node:path";
import { type ClusterLayout, certificatePath, kubeconfigPath } from "./layout.ts";

/** The address at which parts of one cluster that share a machine or a namespace meet. */
const loopback = "127.0.0.1";

/** The store of the API server. Nothing is written through to the disk: the cluster is to be thrown away. */
export function etcdCommand(layout: ClusterLayout): readonly string[] {
  const client = `http://${loopback}:${layout.etcd.clientPort}`;
  const peer = `http://${loopback}:${layout.etcd.peerPort}`;
  return [
    join(layout.bin, "etcd"),
    `--data-dir=${layout.state}/etcd`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    "--unsafe-no-fsync",
    "--log-level=warn",
  ];
}

/** The API server, with certificates, authorization and admission as in production. */
export function apiServerCommand(layout: ClusterLayout, hasNode: boolean): readonly string[] {
  const toKubelet = [
    `--kubelet-client-certificate=${certificatePath(layout, "api-server-to-kubelet.crt")}`,
    `--kubelet-client-key=${certificatePath(layout, "api-server-to-kubelet.key")}`,
    `--kubelet-certificate-authority=${certificatePath(layout, "ca.crt")}`,
    "--kubelet-preferred-address-types=InternalIP",
  ];
  return [
    join(layout.bin, "kube-apiserver"),
    `--etcd-servers=http://${loopback}:${layout.etcd.clientPort}`,
    `--bind-address=${layout.api.address}`,
    `--advertise-address=${layout.api.address}`,
    `--secure-port=${layout.api.port}`,
    `--cert-dir=${layout.certificates}`,
    `--tls-cert-file=${certificatePath(layout, "api-server.crt")}`,
    `--tls-private-key-file=${certificatePath(layout, "api-server.key")}`,
    `--client-ca-file=${certificatePath(layout, "ca.crt")}`,
    "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
    `--service-account-key-file=${certificatePath(layout, "service-account.pub")}`,
    `--service-account-signing-key-file=${certificatePath(layout, "service-account.key")}`,
    "--authorization-mode=Node,RBAC",
    "--enable-admission-plugins=NodeRestriction",
    `--service-cluster-ip-range=${layout.slot.serviceNetwork}`,
    "--allow-privileged=true",
    // Without a node nobody comes by the address of the service, and a loopback address is refused for it.
    ...(hasNode ? toKubelet : ["--endpoint-reconciler-type=none"]),
  ];
}

/** The controllers. Their own rate limit would cost seconds at the start. */
export function controllerManagerCommand(layout: ClusterLayout): readonly string[] {
  return [
    join(layout.bin, "kube-controller-manager"),
    ...controllerFlags(layout, "controller-manager"),
    `--service-account-private-key-file=${certificatePath(layout, "service-account.key")}`,
    `--root-ca-file=${certificatePath(layout, "ca.crt")}`,
    "--use-service-account-credentials",
    `--cluster-signing-cert-file=${certificatePath(layout, "ca.crt")}`,
    `--cluster-signing-key-file=${certificatePath(layout, "ca.key")}`,
    `--secure-port=${layout.controllerPort}`,
  ];
}

/** The scheduler. */
export function schedulerCommand(layout: ClusterLayout): readonly string[] {
  return [join(layout.bin, "kube-scheduler"), ...controllerFlags(layout, "scheduler")];
}

function controllerFlags(layout: ClusterLayout, identity: string): readonly string[] {
  const kubeconfig = kubeconfigPath(layout, identity);
  return [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    `--cert-dir=${layout.certificates}`,
    `--bind-address=${loopback}`,
    "--leader-elect=false",
    "--kube-api-qps=500",
    "--kube-api-burst=1000",
  ];
}
