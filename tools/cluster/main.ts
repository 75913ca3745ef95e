import { parseArgs } from "node:util";
import { describeError } from "../parts/part-failure.ts";
import { progressToStandardError } from "../parts/progress.ts";
import { startDetachedCluster, stopDetachedCluster } from "./cluster.ts";
import { type FoundCluster, listClusters } from "./slots.ts";

// A cluster for a developer: `npm run cluster -- up | down | status [--name NAME]`.

/** The cluster that `up` and `down` mean when no name is given. */
const defaultName = "developer";

const usage = `npm run cluster -- up | down | status [--name NAME]

  up      starts a Kubernetes cluster that stays until you take it down
  down    takes it down without a trace
  status  lists the clusters that are there, those of running tests too

  --name  a name, to have several (default: ${defaultName})
`;

async function up(name: string): Promise<number> {
  const there = await find(name);
  if (there?.alive === true) {
    process.stdout.write(
      `The cluster "${name}" is up already.\n${explainReady(name, kubeconfigIn(there.stateFolder), "kubectl")}`,
    );
    return 0;
  }
  if (there !== undefined) {
    await stopDetachedCluster(name);
  }
  const ready = await startDetachedCluster({ name, progress: progressToStandardError });
  if (ready.namespacesPid === undefined) {
    process.stdout.write("You are not root: this is an API server without a node; no pod runs.\n");
  }
  process.stdout.write(
    `The cluster "${name}" is up.\n${explainReady(name, ready.adminKubeconfigPath, ready.kubectl)}`,
  );
  return 0;
}

async function down(name: string): Promise<number> {
  const count = await stopDetachedCluster(name);
  process.stdout.write(
    count === 0 ? `There is no cluster "${name}".\n` : `The cluster "${name}" is gone.\n`,
  );
  return 0;
}

async function status(): Promise<number> {
  const clusters = await listClusters();
  const lines = clusters.map((cluster) => {
    const state = cluster.alive
      ? `held by process ${cluster.owner.pid}`
      : "abandoned: take it down";
    return `${cluster.name.padEnd(16)} ${cluster.kind.padEnd(11)} ${state}  ${kubeconfigIn(cluster.stateFolder)}\n`;
  });
  process.stdout.write(lines.length === 0 ? "There is no cluster.\n" : lines.join(""));
  return 0;
}

async function find(name: string): Promise<FoundCluster | undefined> {
  return (await listClusters()).find((cluster) => cluster.name === name);
}

function kubeconfigIn(stateFolder: string): string {
  return `${stateFolder}/admin.kubeconfig`;
}

function explainReady(name: string, kubeconfig: string, kubectl: string): string {
  const down = name === defaultName ? "down" : `down --name ${name}`;
  return `Its kubeconfig: ${kubeconfig}
Try:  export KUBECONFIG=${kubeconfig}
      ${kubectl} get nodes,pods --all-namespaces
Then: npm run cluster -- ${down}
`;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { name: { type: "string", default: defaultName }, help: { type: "boolean" } },
    allowPositionals: true,
  });
  const [command] = positionals;
  if (command === "up") {
    return await up(values.name);
  }
  if (command === "down") {
    return await down(values.name);
  }
  if (command === "status") {
    return await status();
  }
  process.stderr.write(usage);
  return values.help === true ? 0 : 2;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${describeError(error)}\n`);
  process.exitCode = 1;
}
