import { expect, test } from "vitest";
import { networkPolicySpec } from "./network-policy.ts";

const podSelector = { app: "runner" };
const narrow = { ports: [443, 8443], cidrBlocks: ["0.0.0.0/0"] };
const dns = {
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

function blocksOf(cidrBlocks: readonly string[]) {
  return networkPolicySpec({
    egress: { ports: [443], cidrBlocks },
    exceptions: [],
    callsApiServer: false,
    podSelector,
  });
}

test("nothing may connect to a runner; it reaches DNS and its ports, and not the node's metadata service", () => {
  expect(
    networkPolicySpec({ egress: narrow, exceptions: [], callsApiServer: false, podSelector }),
  ).toEqual({
    podSelector: { matchLabels: podSelector },
    policyTypes: ["Ingress", "Egress"],
    ingress: [],
    egress: [
      dns,
      {
        to: [{ ipBlock: { cidr: "0.0.0.0/0", except: ["169.254.0.0/16"] } }],
        ports: [
          { protocol: "TCP", port: 443 },
          { protocol: "TCP", port: 8443 },
        ],
      },
    ],
  });
});

test.each([
  ["10.0.0.0/8", undefined],
  ["169.254.0.0/15", ["169.254.0.0/16"]],
  ["169.254.169.0/24", ["169.254.169.254/32"]],
  // Who names the address itself means it.
  ["169.254.169.254/32", undefined],
  ["::/0", ["fe80::/10", "fd00:ec2::/32"]],
  ["2001:db8::/32", undefined],
])("the block %s is without %s", (cidr, except) => {
  expect(blocksOf([cidr]).egress).toEqual([
    dns,
    {
      to: [{ ipBlock: except === undefined ? { cidr } : { cidr, except } }],
      ports: [{ protocol: "TCP", port: 443 }],
    },
  ]);
});

test("a runner that calls its own API server reaches it behind the Service too", () => {
  const { egress } = networkPolicySpec({
    egress: narrow,
    exceptions: [],
    callsApiServer: true,
    podSelector,
  });
  expect(egress).toMatchObject([{}, { ports: [{ port: 443 }, { port: 6443 }, { port: 8443 }] }]);
});

test("what a cloud's identity is fetched from is reached on its ports alone", () => {
  const { egress } = networkPolicySpec({
    egress: narrow,
    exceptions: [{ cidrBlock: "169.254.170.23/32", ports: [80] }],
    callsApiServer: false,
    podSelector,
  });
  expect(egress).toMatchObject([
    {},
    {},
    {
      to: [{ ipBlock: { cidr: "169.254.170.23/32" } }],
      ports: [{ protocol: "TCP", port: 80 }],
    },
  ]);
});

test("unrestricted egress is one rule without a word, and still nothing may connect", () => {
  expect(
    networkPolicySpec({ egress: undefined, exceptions: [], callsApiServer: true, podSelector }),
  ).toMatchObject({ ingress: [], egress: [{}] });
});
