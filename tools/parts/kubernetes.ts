import { chmod, mkdir, rename, rm } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { readEnvironment } from "./environment.ts";
import { buildGoPrograms, type GoProgram } from "./go-build.ts";
import { type PartRecipe, type Progress, providePart } from "./part.ts";
import { isExecutable } from "./run.ts";
import { downloadArchive, downloadVerified, vendorPlatform } from "./vendor-download.ts";
import { verifyVersion } from "./verify-version.ts";

/** The version of Kubernetes that the project is tested with. */
const kubernetesVersion = "1.37.2";
/** The version of its store that the project is tested with. */
const etcdVersion = "3.7.3";
/** The version of its name server that the project is tested with. */
const corednsVersion = "1.15.0";

const kubernetesPrograms = [
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kubelet",
  "kube-proxy",
  "kubectl",
] as const;

/** Program, arguments that make it tell its version, the version. */
const versions: readonly (readonly [string, readonly string[], string])[] = [
  ["etcd", ["--version"], etcdVersion],
  ["coredns", ["-version"], corednsVersion],
  ["kubectl", ["version", "--client"], kubernetesVersion],
  ...kubernetesPrograms
    .filter((name) => name !== "kubectl")
    .map((name) => [name, ["--version"], kubernetesVersion] as const),
];

/**
 * Brings the programs of a Kubernetes cluster.
 *
 * shape: `bin` is a folder with etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kubelet, kube-proxy,
 * coredns and kubectl; `version` is that of Kubernetes.
 *
 * @throws {PartFailure} saying what to do, if they are neither there, nor to be downloaded, nor to be built.
 */
export async function provideKubernetes(
  progress: Progress,
): Promise<{ readonly version: string; readonly bin: string }> {
  return { version: kubernetesVersion, bin: await providePart(recipe, progress) };
}

const recipe: PartRecipe = {
  name: "kubernetes",
  version: kubernetesVersion,
  programs: versions.map(([name]) => name),
  findInstalled: findFolderOnPath,
  ...(vendorPlatform()?.os === "linux" ? { download } : {}),
  build: async (folder, progress) => {
    await buildGoPrograms(goPrograms(folder), progress);
  },
  verify,
};

async function verify(folder: string): Promise<void> {
  for (const [name, args, version] of versions) {
    await verifyVersion(join(folder, name), args, version);
  }
}

/** A folder on `PATH` that has all programs in the right versions. */
async function findFolderOnPath(): Promise<string | undefined> {
  for (const folder of (readEnvironment("PATH") ?? "").split(delimiter)) {
    if (folder !== "" && (await isExecutable(join(folder, "kube-apiserver")))) {
      try {
        await verify(folder);
        return folder;
      } catch {
        // Another version, or only some of the programs: we bring our own.
      }
    }
  }
  return undefined;
}

function goPrograms(folder: string): readonly GoProgram[] {
  const [major, minor] = kubernetesVersion.split(".");
  const variables = Object.fromEntries(
    ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"].flatMap((path) => [
      [`${path}.gitVersion`, `v${kubernetesVersion}`],
      [`${path}.gitMajor`, major ?? ""],
      [`${path}.gitMinor`, minor ?? ""],
    ]),
  );
  return [
    { module: "etcd", mainPackage: "go.etcd.io/etcd/server/v3", output: join(folder, "etcd") },
    ...kubernetesPrograms.map((name) => ({
      module: "kubernetes",
      mainPackage: `k8s.io/kubernetes/cmd/${name}`,
      output: join(folder, name),
      variables,
    })),
    { module: "coredns", mainPackage: ".", output: join(folder, "coredns") },
  ];
}

/** Three vendors, all or nothing. */
async function download(folder: string): Promise<void> {
  const goArch = vendorPlatform()?.goArch;
  const kubernetes = `https://dl.k8s.io/release/v${kubernetesVersion}/bin/linux/${goArch}`;
  for (const name of kubernetesPrograms) {
    const url = `${kubernetes}/${name}`;
    await chmod(await downloadVerified({ url, checksumsUrl: `${url}.sha256` }, folder), 0o755);
  }
  const etcd = `https://github.com/etcd-io/etcd/releases/download/v${etcdVersion}`;
  const unpacked = join(folder, "unpacked");
  await mkdir(unpacked);
  await downloadArchive(
    {
      url: `${etcd}/etcd-v${etcdVersion}-linux-${goArch}.tar.gz`,
      checksumsUrl: `${etcd}/SHA256SUMS`,
    },
    unpacked,
    1,
  );
  await rename(join(unpacked, "etcd"), join(folder, "etcd"));
  await rm(unpacked, { recursive: true });
  const coredns = `https://github.com/coredns/coredns/releases/download/v${corednsVersion}/coredns_${corednsVersion}_linux_${goArch}.tgz`;
  await downloadArchive({ url: coredns, checksumsUrl: `${coredns}.sha256` }, folder, 0);
}
