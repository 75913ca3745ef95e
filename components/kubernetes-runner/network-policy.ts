import { BlockList, isIPv6 } from "node:net";
import type { input } from "@pulumi/kubernetes/types/index.js";
import type * as pulumi from "@pulumi/pulumi";
import type { RunnerEgress } from "../runner-workload/runner-settings.ts";
import type { EgressException } from "./kubernetes-identity.ts";

/** Where a node answers for itself: instance metadata, and with it the node's own identity. */
const metadataBlocks = ["169.254.0.0/16", "169.254.169.254/32", "fe80::/10", "fd00:ec2::/32"];

/** Ports of API servers. Most network plugins judge a connection by the address behind the Service. */
const apiServerPorts = [443, 6443];

/** What the policy is made from. */
export interface NetworkPolicyNeeds {
  readonly egress: RunnerEgress;
  readonly exceptions: readonly EgressException[];
  /** Whether the runner calls the API server of its own cluster. */
  readonly callsApiServer: boolean;
  readonly podSelector: Readonly<Record<string, pulumi.Input<string>>>;
}

/**
 * What may connect to a runner, which is nothing, and what it may connect to: the cluster's DNS, and what its
 * arguments and its cloud say.
 *
 * guarantee: holds only in a cluster whose network plugin enforces policies.
 *
 * source: Kubernetes documentation, "Network Policies".
 */
export function networkPolicySpec(
  needs: NetworkPolicyNeeds,
): input.networking.v1.NetworkPolicySpec {
  return {
    podSelector: { matchLabels: needs.podSelector },
    policyTypes: ["Ingress", "Egress"],
    ingress: [],
    // One rule without a word allows everything.
    egress: needs.egress === undefined ? [{}] : egressRules(needs, needs.egress),
  };
}

function egressRules(
  { exceptions, callsApiServer }: NetworkPolicyNeeds,
  { ports, cidrBlocks }: NonNullable<RunnerEgress>,
): input.networking.v1.NetworkPolicyEgressRule[] {
  const allPorts = callsApiServer ? [...ports, ...apiServerPorts] : ports;
  return [
    dnsRule,
    {
      to: cidrBlocks.map((cidr) => ({ ipBlock: ipBlock(cidr) })),
      ports: tcp([...new Set(allPorts)].toSorted((one, other) => one - other)),
    },
    ...exceptions.map((exception) => ({
      to: [{ ipBlock: { cidr: exception.cidrBlock } }],
      ports: tcp(exception.ports),
    })),
  ];
}

/** The cluster's DNS, and the cache that it may have on each node. */
const dnsRule: input.networking.v1.NetworkPolicyEgressRule = {
  to: [
    {
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
      podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
    },
    { ipBlock: { cidr: "169.254.20.10/32" } },
  ],
  ports: [
    { protocol: "UDP", port: 53 },
    { protocol: "TCP", port: 53 },
  ],
};

function tcp(ports: readonly number[]): input.networking.v1.NetworkPolicyPort[] {
  return ports.map((port) => ({ protocol: "TCP", port }));
}

/** The block without the metadata services in it. */
function ipBlock(cidr: string): input.networking.v1.IPBlock {
  const inside = metadataBlocks.filter((block) => block !== cidr && contains(cidr, block));
  // The API server refuses none of them twice, but one that is in another says nothing.
  const except = inside.filter(
    (block) => !inside.some((other) => other !== block && contains(other, block)),
  );
  return except.length === 0 ? { cidr } : { cidr, except };
}

/** Whether every address of the inner block is in the outer one. */
function contains(outer: string, inner: string): boolean {
  const [network = "", prefix = ""] = outer.split("/");
  const [address = "", innerPrefix = ""] = inner.split("/");
  if (isIPv6(network) !== isIPv6(address) || Number(innerPrefix) < Number(prefix)) {
    return false;
  }
  const family = isIPv6(network) ? "ipv6" : "ipv4";
  const block = new BlockList();
  block.addSubnet(network, Number(prefix), family);
  return block.check(address, family);
}
