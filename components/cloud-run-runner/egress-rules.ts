import type { RunnerEgress } from "../runner-workload/runner-settings.ts";

/** One firewall rule for what a runner sends. */
export interface EgressRule {
  /** Constant part of the rule's logical name. */
  readonly role: string;
  /** TCP ports that are allowed; undefined denies everything. */
  readonly ports: readonly string[] | undefined;
  readonly destinationRanges: readonly string[];
  /** What is added to the priority of the first rules; a lower number wins. */
  readonly priorityOffset: number;
}

const everywhere = [
  { suffix: "", range: "0.0.0.0/0", isOf: (block: string) => !block.includes(":") },
  { suffix: "-ipv6", range: "::/0", isOf: (block: string) => block.includes(":") },
] as const;

/**
 * The rules that let the runner connect to the ports on the networks, and to nothing else. IPv4 and IPv6 never
 * share a rule: the vendor refuses it ("VPC firewall rules", "Destinations"). The metadata server, DNS included,
 * is always reachable: no firewall rule can change that ("VPC firewall rules", "Always allowed traffic").
 *
 * @param egress undefined makes no rules.
 */
export function egressRules(egress: RunnerEgress): readonly EgressRule[] {
  if (egress === undefined) {
    return [];
  }
  const ports = egress.ports.map(String);
  return everywhere.flatMap(({ suffix, range, isOf }) => {
    const destinationRanges = egress.cidrBlocks.filter(isOf);
    const allow = { role: `egress-allow${suffix}`, ports, destinationRanges, priorityOffset: 0 };
    return [
      ...(destinationRanges.length === 0 ? [] : [allow]),
      {
        role: `egress-deny${suffix}`,
        ports: undefined,
        destinationRanges: [range],
        priorityOffset: 1,
      },
    ];
  });
}
