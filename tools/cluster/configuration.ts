import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { networkPluginsFolder } from "../parts/containers.ts";
import { type ClusterLayout, certificatePath, kubeconfigPath } from "./layout.ts";
import { pauseImage } from "./pause-image.ts";

/** The socket of containerd inside the cluster's namespaces. */
export const containerdSocket = "/run/containerd/containerd.sock";

/** Writes the configuration files of the programs that a node runs, into the cluster's state folder. */
export async function writeNodeConfiguration(layout: ClusterLayout): Promise<void> {
  await mkdir(join(layout.state, "cni"));
  const files: Readonly<Record<string, string>> = {
    "containerd.toml": containerdConfiguration(layout),
    "kubelet.json": JSON.stringify(kubeletConfiguration(layout), null, 2),
    "proxy.json": JSON.stringify(proxyConfiguration(layout), null, 2),
    "cni/10-ptp.conflist": JSON.stringify(networkConfiguration(layout), null, 2),
    Corefile: nameServerConfiguration(layout),
    "bootstrap.json": JSON.stringify(bootstrapObjects(), null, 2),
    // Pods resolve the cluster's own names and no others.
    "resolv.conf": "",
  };
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(layout.state, name), text);
  }
}

/** Only what Kubernetes needs: the plugins left out probe devices, or write below /var and /opt. */
function containerdConfiguration(layout: ClusterLayout): string {
  const snapshotters = ["aufs", "btrfs", "zfs", "devmapper"].map(
    (name) => `io.containerd.snapshotter.v1.${name}`,
  );
  const disabled = [
    ...snapshotters,
    "io.containerd.tracing.processor.v1.otlp",
    "io.containerd.internal.v1.tracing",
  ];
  return `version = 2
root = "${layout.state}/containerd"
state = "/run/containerd"
disabled_plugins = ${JSON.stringify(disabled)}
[grpc]
  address = "${containerdSocket}"
[plugins."io.containerd.internal.v1.opt"]
  path = "${layout.state}/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  # Root without CAP_SYS_RESOURCE may not lower the score; containers then start without it.
  restrict_oom_score_adj = true
  disable_apparmor = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        # No systemd in here. Must agree with kubelet's cgroupDriver.
        SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${networkPluginsFolder}"
    conf_dir = "${layout.state}/cni"
`;
}

function kubeletConfiguration(layout: ClusterLayout): object {
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    // Machines with cgroups of version 1 are refused otherwise.
    failCgroupV1: false,
    cgroupDriver: "cgroupfs",
    // A root of its own: see createCgroups.
    cgroupRoot: layout.slot.cgroup,
    cgroupsPerQOS: true,
    enforceNodeAllocatable: [],
    failSwapOn: false,
    containerRuntimeEndpoint: `unix://${containerdSocket}`,
    imageServiceEndpoint: `unix://${containerdSocket}`,
    imagePullCredentialsVerificationPolicy: "NeverVerify",
    address: layout.slot.nodeAddress,
    readOnlyPort: 0,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: certificatePath(layout, "ca.crt") },
    },
    authorization: { mode: "Webhook" },
    tlsCertFile: certificatePath(layout, "kubelet-server.crt"),
    tlsPrivateKeyFile: certificatePath(layout, "kubelet-server.key"),
    rotateCertificates: false,
    clusterDNS: [layout.slot.nodeAddress],
    clusterDomain: "cluster.local",
    resolvConf: join(layout.state, "resolv.conf"),
    // Images are imported, not pulled: one that is collected would never come back.
    imageGCHighThresholdPercent: 100,
    imageMinimumGCAge: "24h",
    evictionHard: {
      "memory.available": "100Mi",
      "nodefs.available": "1%",
      "imagefs.available": "1%",
    },
    volumePluginDir: join(layout.state, "volume-plugins"),
    podLogsDir: join(layout.state, "pod-logs"),
    syncFrequency: "10s",
    nodeStatusUpdateFrequency: "5s",
    fileCheckFrequency: "5s",
    shutdownGracePeriod: "0s",
    maxPods: 60,
  };
}

function proxyConfiguration(layout: ClusterLayout): object {
  return {
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    mode: "nftables",
    bindAddress: layout.slot.nodeAddress,
    clusterCIDR: layout.slot.podNetwork,
    hostnameOverride: layout.node,
    clientConnection: { kubeconfig: kubeconfigPath(layout, "proxy") },
    // These settings of the kernel are read-only outside the machine's first network namespace.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
    nodePortAddresses: [`${layout.slot.nodeAddress}/32`],
    metricsBindAddress: "127.0.0.1:10249",
    healthzBindAddress: "127.0.0.1:10256",
    nftables: { minSyncPeriod: "200ms", syncPeriod: "30s" },
  };
}

/** Point-to-point links need neither a bridge nor its kernel module. */
function networkConfiguration(layout: ClusterLayout): object {
  const addresses = {
    type: "host-local",
    dataDir: join(layout.state, "addresses"),
    subnet: layout.slot.podNetwork,
    routes: [{ dst: "0.0.0.0/0" }],
  };
  return {
    cniVersion: "0.4.0",
    name: "holdfast",
    plugins: [{ type: "ptp", mtu: 1400, ipMasq: false, ipam: addresses }],
  };
}

function nameServerConfiguration(layout: ClusterLayout): string {
  return `.:53 {
  bind ${layout.slot.nodeAddress}
  errors
  kubernetes cluster.local {
    kubeconfig ${kubeconfigPath(layout, "coredns")}
  }
}
`;
}

/** What the parts outside the control plane may do: they have certificates, but no role of their own. */
function bootstrapObjects(): object {
  const bind = (user: string, role: string): object => ({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: `holdfast:${user}` },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: `system:${user}` }],
  });
  const verbs = ["list", "watch"];
  const nameServerRole = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: "holdfast:coredns" },
    rules: [
      { apiGroups: [""], resources: ["services", "namespaces", "pods"], verbs },
      { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs },
    ],
  };
  return {
    apiVersion: "v1",
    kind: "List",
    items: [
      bind("kube-proxy", "system:node-proxier"),
      nameServerRole,
      bind("coredns", "holdfast:coredns"),
    ],
  };
}
