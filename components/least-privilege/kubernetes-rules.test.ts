import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { silentLog } from "@holdfast/foundation/log.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import { SystemClock } from "@holdfast/foundation/system/system-clock.ts";
import { AuthenticationMode } from "@holdfast/protocol/generated/holdfast/v1/connection_pb.ts";
import {
  KubernetesDeploymentsListInputSchema,
  KubernetesNamespacesListInputSchema,
  KubernetesPodsGetInputSchema,
  KubernetesPodsListInputSchema,
  KubernetesPodsLogsInputSchema,
} from "@holdfast/protocol/generated/holdfast/v1/operations_kubernetes_pb.ts";
import { Provider } from "@holdfast/protocol/generated/holdfast/v1/options_pb.ts";
import { OpenConnectionSchema } from "@holdfast/protocol/generated/holdfast/v1/tunnel_pb.ts";
import { catalog } from "@holdfast/protocol/operations/catalog.ts";
import { deploymentsList } from "@holdfast/runner/operations/kubernetes/deployments-list.ts";
import { namespacesList } from "@holdfast/runner/operations/kubernetes/namespaces-list.ts";
import { podsGet } from "@holdfast/runner/operations/kubernetes/pods-get.ts";
import { podsList } from "@holdfast/runner/operations/kubernetes/pods-list.ts";
import { podsLogs } from "@holdfast/runner/operations/kubernetes/pods-logs.ts";
import type { OperationHandler } from "@holdfast/runner/operations/operation.ts";
import { beforeAll, expect, test } from "vitest";
import { answerJson, startFakeApiServer } from "../../test/support/fake-api-server.ts";
import {
  makeTestAuthority,
  type TestAuthority,
  type TestCertificate,
} from "../../test/support/test-authority.ts";
import { kubernetesRules } from "./kubernetes-rules.ts";

const nowhere = { identityFolder: "/none", host: undefined, port: undefined };

/** Inputs that make an operation ask all that it can ask. */
const podsListInput = (input: MessageInitShape<typeof KubernetesPodsListInputSchema>) =>
  toBinary(KubernetesPodsListInputSchema, create(KubernetesPodsListInputSchema, input));
const deploymentsListInput = (
  input: MessageInitShape<typeof KubernetesDeploymentsListInputSchema>,
) =>
  toBinary(
    KubernetesDeploymentsListInputSchema,
    create(KubernetesDeploymentsListInputSchema, input),
  );
const logsInput = (input: MessageInitShape<typeof KubernetesPodsLogsInputSchema>) =>
  toBinary(
    KubernetesPodsLogsInputSchema,
    create(KubernetesPodsLogsInputSchema, { namespace: "team", name: "web", ...input }),
  );

interface Row {
  readonly kind: string;
  readonly handler: OperationHandler;
  readonly inputs: readonly Uint8Array[];
}

const rows: readonly Row[] = [
  {
    kind: "kubernetes.pods.list",
    handler: podsList(nowhere),
    inputs: [
      podsListInput({}),
      podsListInput({ namespace: "team", labelSelector: "a=b", fieldSelector: "c=d" }),
    ],
  },
  {
    kind: "kubernetes.pods.get",
    handler: podsGet(nowhere),
    inputs: [
      toBinary(
        KubernetesPodsGetInputSchema,
        create(KubernetesPodsGetInputSchema, { namespace: "team", name: "web" }),
      ),
    ],
  },
  {
    kind: "kubernetes.pods.logs",
    handler: podsLogs(nowhere),
    inputs: [logsInput({ follow: true }), logsInput({ previous: true, container: "main" })],
  },
  {
    kind: "kubernetes.namespaces.list",
    handler: namespacesList(nowhere),
    inputs: [
      toBinary(
        KubernetesNamespacesListInputSchema,
        create(KubernetesNamespacesListInputSchema, {}),
      ),
    ],
  },
  {
    kind: "kubernetes.deployments.list",
    handler: deploymentsList(nowhere),
    inputs: [deploymentsListInput({}), deploymentsListInput({ namespace: "team" })],
  },
];

let authority: TestAuthority;
let certificate: TestCertificate;
beforeAll(async () => {
  authority = await makeTestAuthority(new SystemClock());
  certificate = await authority.issueServer(["localhost"]);
});

/** What a request asks RBAC for: group, resource, verb; and whether in one namespace. */
interface Asked {
  readonly group: string;
  readonly resource: string;
  readonly verb: string;
  readonly isInNamespace: boolean;
}

/** Kubernetes, "Authorization", "Determine the request verb", for GET requests. */
function askedOf(method: string | undefined, url: string | undefined): Asked {
  const { pathname, searchParams } = new URL(url ?? "", "https://cluster.invalid");
  const parts = pathname.split("/").slice(1);
  const group = parts[0] === "api" ? "" : (parts[1] ?? "");
  const inside = parts.slice(parts[0] === "api" ? 2 : 3);
  // `namespaces/NAME/RESOURCE...` is in a namespace; `namespaces` itself is a resource.
  const isInNamespace = inside[0] === "namespaces" && inside.length > 2;
  const [resource = "", name, subresource] = isInNamespace ? inside.slice(2) : inside;
  const listVerb = searchParams.get("watch") === "true" ? "watch" : "list";
  return {
    group,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    verb: method !== "GET" ? `not GET: ${method}` : name === undefined ? listVerb : "get",
    isInNamespace,
  };
}

/** Runs an operation against a recorded API server, and gives what it asked for. */
async function record({ handler, inputs }: Row): Promise<readonly Asked[]> {
  const asked: Asked[] = [];
  const server = await startFakeApiServer(certificate, ({ method, url }, response) => {
    asked.push(askedOf(method, url));
    answerJson(response, 200, { items: [], metadata: {} });
  });
  const kubeconfig = JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "c",
    contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
    users: [{ name: "u", user: { token: "token" } }],
    clusters: [
      {
        name: "c",
        cluster: {
          server: `https://127.0.0.1:${server.port}`,
          "tls-server-name": "localhost",
          "certificate-authority-data": Buffer.from(authority.serverTrustPem).toString("base64"),
        },
      },
    ],
  });
  const nothing = async (): Promise<void> => await Promise.resolve();
  for (const input of inputs) {
    const done = handler.run(
      input,
      {
        operationId: "op_0000000000000000000000",
        connection: create(OpenConnectionSchema, {
          provider: Provider.KUBERNETES,
          mode: AuthenticationMode.INLINE,
        }),
        references: { resolve: async () => await Promise.resolve([]) },
        signal: new AbortController().signal,
        log: silentLog,
        openCredentials: async () => await Promise.resolve(new Secret(kubeconfig)),
      },
      { item: nothing, output: nothing },
    );
    // The recorded server knows no pods: what matters is what was asked.
    await done.catch(() => undefined);
  }
  return asked;
}

test("every operation on Kubernetes is recorded", () => {
  const kinds = [...catalog.values()].filter(({ provider }) => provider === Provider.KUBERNETES);
  expect(rows.map(({ kind }) => kind).toSorted()).toEqual(kinds.map(({ kind }) => kind).toSorted());
});

test.each(rows)(
  "the rules of $kind are what it asks a cluster for, and nothing else",
  async (row) => {
    const asked = await record(row);
    expect(asked).toHaveLength(row.inputs.length);
    const wanted = new Set(
      asked.map(({ group, resource, verb }) => JSON.stringify([group, resource, verb])),
    );
    const given = kubernetesRules([row.kind]).flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) =>
          verbs.map((verb) => JSON.stringify([group, resource, verb])),
        ),
      ),
    );
    expect(given.toSorted()).toEqual([...wanted].toSorted());
    // What is asked for in a namespace can be given by a Role; what never is, cannot.
    expect(kubernetesRules([row.kind], "namespaced").length > 0).toBe(
      asked.some(({ isInNamespace }) => isInNamespace),
    );
  },
);

test("rules of several operations are one for each resource, in the same order whatever is asked first", () => {
  const kinds = [...catalog.keys()];
  const rules = kubernetesRules(kinds);
  expect(rules).toEqual([
    { apiGroups: [""], resources: ["namespaces"], verbs: ["list"] },
    { apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] },
    { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
    { apiGroups: ["apps"], resources: ["deployments"], verbs: ["list"] },
  ]);
  expect(kubernetesRules(kinds.toReversed())).toEqual(rules);
  expect(kubernetesRules(kinds, "cluster")).toEqual([rules[0]]);
  expect(kubernetesRules(kinds, "namespaced")).toEqual(rules.slice(1));
  expect(kubernetesRules(["runner.describe", "pulumi.up"])).toEqual([]);
});
