import { gcpCloudRun } from "./gcp-cloud-run.ts";
import { gcpIam, problemsIf } from "./gcp-iam.ts";
import { projectOf } from "./gcp-project.ts";
import { type GcpVersionStates, gcpSecretManager } from "./gcp-secret-manager.ts";
import { type StandInProvider, type StandInResource, textOf } from "./stand-in-provider.ts";

/** What differs from the plain stand-in. */
export interface GcpStandInOptions {
  /** How many deployments find that a grant on a secret does not hold yet, after it was made. Default: 1. */
  readonly refusedTries?: number;
}

/** The stand-in, and what it remembers beside resources. */
export interface GcpStandIn extends StandInProvider {
  /** What became of each version of each secret, by `projects/P/secrets/S/versions/N`: more than what exists in
   * a stack, since a version is disabled and not deleted. */
  readonly versionStates: ReadonlyMap<string, string>;
}

/**
 * The stand-in for `gcp` (terraform-provider-google 7, pulumi-gcp 9): names, what replaces (ForceNew in
 * google/services/), ids and outputs, numbered versions, secrets that Cloud Run looks at when it deploys.
 *
 * What it does NOT prove: that IAM evaluates a policy as we mean it, that a condition or a mapping in the Common
 * Expression Language compiles, that the firewall holds packets back, organization policies, quotas, and how long a
 * grant takes to hold.
 */
export function gcpStandIn({ refusedTries = 1 }: GcpStandInOptions = {}): GcpStandIn {
  const versionStates: GcpVersionStates = new Map();
  return {
    packageName: "gcp",
    versionStates,
    resources: {
      ...gcpIam(),
      ...gcpSecretManager(versionStates),
      ...gcpCloudRun(versionStates, refusedTries),
      "gcp:compute/firewall:Firewall": firewall,
    },
  };
}

/** resource_compute_firewall.go: name, network, direction and project are ForceNew. */
const firewall: StandInResource = {
  replaceOn: ["name", "network", "direction", "project"],
  autoName: { property: "name", maxLength: 63 },
  deleteBeforeReplace: true,
  check: ({ name, destinationRanges, allows, denies }) => {
    const ranges = Array.isArray(destinationRanges) ? destinationRanges.map(String) : [];
    const isMixed = new Set(ranges.map((range) => range.includes(":"))).size > 1;
    return [
      ...problemsIf(
        "name",
        name,
        /^[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?$/,
        "must be a name (RFC 1035)",
      ),
      ...(isMixed ? [{ property: "destinationRanges", reason: "mixes IPv4 and IPv6" }] : []),
      ...((allows === undefined) === (denies === undefined)
        ? [{ property: "allows", reason: "must be given, or else denies" }]
        : []),
    ];
  },
  create: async (inputs, context) => {
    const project = projectOf(inputs, context);
    const id = `projects/${project}/global/firewalls/${textOf(inputs, "name")}`;
    return { id, outputs: { project, selfLink: `https://www.googleapis.com/compute/v1/${id}` } };
  },
};
