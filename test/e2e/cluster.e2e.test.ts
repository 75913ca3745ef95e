import { execFile, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  type Cluster,
  startApiServer,
  startCluster,
  stopDetachedCluster,
} from "../../tools/cluster/cluster.ts";
import { pauseImage, providePauseImage } from "../../tools/cluster/pause-image.ts";
import { listClusters } from "../../tools/cluster/slots.ts";
import { provideContainerTools } from "../../tools/parts/containers.ts";
import { isRoot } from "../../tools/parts/environment.ts";
import { provideKubernetes } from "../../tools/parts/kubernetes.ts";
import { progressToStandardError as progress } from "../../tools/parts/progress.ts";

const runFile = promisify(execFile);
const root = join(import.meta.dirname, "../..");
/** Only root can make network devices and cgroups; everybody else gets an API server alone. */
const whole = describe.runIf(isRoot());

/** Everything that a cluster could leave on a machine, one line for each. */
function listTraces(): readonly string[] {
  const cgroups = ["", ...readdirSync("/sys/fs/cgroup")].flatMap((hierarchy) =>
    listFolders(join("/sys/fs/cgroup", hierarchy)).filter((name) => name.startsWith("holdfast")),
  );
  const folders = ["/run", "/var/lib", "/var/log", "/opt", "/etc/cni"].flatMap((folder) =>
    listFolders(folder).map((name) => join(folder, name)),
  );
  return [
    ...readdirSync("/sys/class/net").map((name) => `device ${name}`),
    ...readFileSync("/proc/net/route", "utf8").split("\n"),
    ...readFileSync("/proc/self/mounts", "utf8").split("\n"),
    ...cgroups.map((name) => `cgroup ${name}`),
    ...folders,
    ...listFolders(tmpdir()).filter((name) => name.startsWith("holdfast-cluster")),
    ...listPrograms(),
  ];
}

/** What is there now and was not there before. */
function listNewTraces(before: readonly string[]): readonly string[] {
  return listTraces().filter((trace) => !before.includes(trace));
}

function listFolders(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

/** The programs of clusters that run now, in whatever namespace. */
function listPrograms(): readonly string[] {
  const ours = /\/(etcd|kube[a-z-]*|coredns|containerd[a-z0-9-]*|pause|runc|unshare)$/;
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return `process ${pid} ${readlinkSync(`/proc/${pid}/exe`)}`;
      } catch {
        // It has ended since.
        return "";
      }
    })
    .filter((line) => ours.test(line));
}

async function kubectl(cluster: Cluster, ...args: readonly string[]): Promise<string> {
  const kubeconfig = `--kubeconfig=${cluster.adminKubeconfigPath}`;
  return (await runFile(cluster.kubectl, [kubeconfig, ...args])).stdout;
}

async function runPod(cluster: Cluster): Promise<void> {
  const command = [`--image=${pauseImage}`, "--image-pull-policy=Never", "--restart=Never"];
  await kubectl(cluster, "run", "witness", ...command);
  await kubectl(cluster, "wait", "--for=condition=Ready", "pod/witness", "--timeout=60s");
}

async function waitUntilGone(name: string): Promise<void> {
  await expect
    .poll(async () => (await listClusters()).some((found) => found.name === name), {
      timeout: 30_000,
    })
    .toBe(false);
}

let started: Cluster[] = [];

async function start(name: string): Promise<Cluster> {
  const cluster = await startCluster({ progress, name });
  started.push(cluster);
  return cluster;
}

afterEach(async () => {
  await Promise.all(started.map(async (cluster) => await cluster.stop()));
  started = [];
});

beforeAll(async () => {
  await provideKubernetes(progress);
  await providePauseImage(progress);
  if (isRoot()) {
    await provideContainerTools(progress);
  }
}, 1_800_000);

whole("a cluster with a node", () => {
  test("the cluster goes without a trace", async () => {
    const before = listTraces();
    const cluster = await start("without-a-trace");
    await cluster.importImage((await providePauseImage(progress)).archive);
    await runPod(cluster);
    expect(listNewTraces(before).length).toBeGreaterThan(10);

    await cluster.stop();

    expect(listNewTraces(before)).toEqual([]);
  });

  test("two clusters side by side do not see each other", async () => {
    const [left, right] = await Promise.all([start("left"), start("right")]);
    await Promise.all([runPod(left), runPod(right)]);
    expect(left.hostAddress).not.toBe(right.hostAddress);

    await left.stop();

    const pods = await kubectl(right, "get", "pods", "--output=jsonpath={.items[*].status.phase}");
    expect(pods).toBe("Running");
  });

  test("the cluster dies with its owner, even if that is killed", async () => {
    const before = listTraces();
    const script = `
      import { startCluster } from ${JSON.stringify(join(root, "tools/cluster/cluster.ts"))};
      await startCluster({ progress: () => undefined, name: "orphan" });
      process.stdout.write("ready");
      setInterval(() => undefined, 1_000);`;
    const owner = spawn(process.execPath, ["--input-type=module-typescript", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await new Promise((resolve) => owner.stdout.once("data", resolve));

    owner.kill("SIGKILL");

    await waitUntilGone("orphan");
    await expect.poll(() => listNewTraces(before), { timeout: 10_000 }).toEqual([]);
  });

  test("what a killed cluster left is taken away", async () => {
    const before = listTraces();
    const cluster = await start("killed");
    await runPod(cluster);
    const record = (await listClusters()).find((found) => found.name === "killed");
    expect(record?.alive).toBe(true);

    process.kill(record?.owner.pid ?? 0, "SIGKILL");
    await cluster.stop();
    await stopDetachedCluster("killed");

    await expect.poll(() => listNewTraces(before), { timeout: 10_000 }).toEqual([]);
  });
});

describe("an API server alone", () => {
  test("objects are kept, and it goes without a trace", async () => {
    const before = listTraces();
    const cluster = await startApiServer({ progress, name: "api-server" });
    started.push(cluster);
    await kubectl(cluster, "create", "configmap", "witness", "--from-literal=key=value");
    await kubectl(cluster, "create", "namespace", "short-lived");
    await kubectl(cluster, "delete", "namespace", "short-lived", "--timeout=30s");
    const read = ["get", "configmap", "witness", "--output=jsonpath={.data.key}"];
    expect(await kubectl(cluster, ...read)).toBe("value");

    await cluster.stop();

    expect(listNewTraces(before)).toEqual([]);
  });
});
