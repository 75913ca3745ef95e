import type { RunnerEgress } from "../runner-workload/runner-settings.ts";

/** One rule of a network security group, as Azure takes it. */
export interface NetworkSecurityRule {
  readonly name: string;
  /** 100 to 4,096; the lowest that fits decides. */
  readonly priority: number;
  readonly direction: "Inbound" | "Outbound";
  readonly access: "Allow" | "Deny";
  readonly protocol: "Tcp" | "Udp" | "*";
  readonly sourceAddressPrefix: string;
  readonly sourcePortRange: "*";
  readonly destinationAddressPrefix?: string;
  readonly destinationAddressPrefixes?: readonly string[];
  readonly destinationPortRange?: string;
  readonly destinationPortRanges?: readonly string[];
}

/**
 * What the platform itself connects to from the subnet of an environment (Container Apps, "Securing a virtual
 * network with network security groups", "Outbound", workload profiles). Without these nothing starts there.
 * A security group knows no containers: the runner may connect to them too.
 */
const platformTags = [
  // Images of the platform, and what their registry depends on.
  "MicrosoftContainerRegistry",
  "AzureFrontDoor.FirstParty",
  "AzureActiveDirectory",
  "AzureKeyVault",
  "AzureMonitor",
] as const;

/** Azure's name server, the same in every network (Azure, "What is IP address 168.63.129.16?"). */
const nameServer = "168.63.129.16";

/**
 * The rules of the network security group of a runner's subnet: nothing comes in, and out goes what the runner
 * may connect to and what the platform needs.
 *
 * @param egress undefined lets everything out.
 * @param subnetCidrBlock the subnet's addresses, which are open to each other.
 */
export function networkSecurityRules(
  egress: RunnerEgress,
  subnetCidrBlock: string,
): readonly NetworkSecurityRule[] {
  const inbound = inboundRules(subnetCidrBlock);
  return egress === undefined ? inbound : [...inbound, ...outboundRules(egress, subnetCidrBlock)];
}

function inboundRules(subnet: string): readonly NetworkSecurityRule[] {
  return [
    rule("allow-subnet-inbound", 100, "Inbound", "Allow", { from: subnet, to: subnet }),
    rule("allow-load-balancer-probes", 110, "Inbound", "Allow", {
      protocol: "Tcp",
      from: "AzureLoadBalancer",
      to: subnet,
      ports: ["30000-32767"],
    }),
    rule("deny-inbound", 4_096, "Inbound", "Deny", { from: "*", to: "*" }),
  ];
}

function outboundRules(
  { ports, cidrBlocks }: NonNullable<RunnerEgress>,
  subnet: string,
): readonly NetworkSecurityRule[] {
  const platform = platformTags.map((tag, index) =>
    rule(`allow-${tag.replace(".", "-")}`, 200 + index * 10, "Outbound", "Allow", {
      protocol: "Tcp",
      from: subnet,
      to: tag,
      ports: ["443"],
    }),
  );
  // One rule takes addresses of one family only.
  const families = [
    { name: "allow-runner", blocks: cidrBlocks.filter((block) => !block.includes(":")) },
    { name: "allow-runner-ipv6", blocks: cidrBlocks.filter((block) => block.includes(":")) },
  ];
  const runner = families
    .filter(({ blocks }) => blocks.length > 0)
    .map(({ name, blocks }, index) =>
      rule(name, 300 + index * 10, "Outbound", "Allow", {
        protocol: "Tcp",
        from: name === "allow-runner" ? subnet : "*",
        to: blocks,
        ports: ports.map(String),
      }),
    );
  return [
    rule("allow-subnet-outbound", 100, "Outbound", "Allow", {
      from: subnet,
      to: subnet,
    }),
    rule("allow-name-server", 110, "Outbound", "Allow", {
      from: subnet,
      to: nameServer,
      ports: ["53"],
    }),
    ...platform,
    ...runner,
    rule("deny-outbound", 4_096, "Outbound", "Deny", { from: "*", to: "*" }),
  ];
}

interface Flow {
  readonly protocol?: "Tcp" | "Udp";
  readonly from: string;
  readonly to: string | readonly string[];
  readonly ports?: readonly string[];
}

function rule(
  name: string,
  priority: number,
  direction: NetworkSecurityRule["direction"],
  access: NetworkSecurityRule["access"],
  flow: Flow,
): NetworkSecurityRule {
  const { protocol = "*", from, to, ports = ["*"] } = flow;
  return {
    name,
    priority,
    direction,
    access,
    protocol,
    sourceAddressPrefix: from,
    sourcePortRange: "*",
    // Azure keeps one value and several in different properties, and gives back what it was given.
    ...(typeof to === "string"
      ? { destinationAddressPrefix: to }
      : { destinationAddressPrefixes: to }),
    ...(ports.length === 1
      ? { destinationPortRange: ports.join("") }
      : { destinationPortRanges: ports }),
  };
}
