import * as pulumi from "@pulumi/pulumi";
import type { ArgumentCheck, Rule } from "../runner-workload/argument-check.ts";
import { patternRule } from "../runner-workload/argument-rules.ts";
import { projectIdRule } from "./gcp-argument-rules.ts";
import { type GcpTrustedRunners, gcpAttributeCondition } from "./gcp-attribute-condition.ts";
import type { GcpX509TrustArgs } from "./gcp-x509-trust-args.ts";

/** The arguments of a trust: checked, with their defaults. */
export interface GcpX509TrustSettings {
  readonly project: pulumi.Input<string> | undefined;
  readonly poolId: pulumi.Input<string>;
  readonly providerId: pulumi.Input<string>;
  readonly trustAnchorsPem: readonly pulumi.Input<string>[];
  readonly intermediatesPem: readonly pulumi.Input<string>[];
  readonly trusted: GcpTrustedRunners;
}

const poolIdRule = patternRule(
  /^(?!gcp-)[a-z0-9-]{4,32}$/,
  "4 to 32 lower-case letters, digits and hyphens, and must not begin with gcp-",
);
const trustDomainRule = patternRule(
  /^[a-z0-9._-]{1,255}$/,
  "a trust domain: lower-case letters, digits and the characters . _ -",
);
const organizationIdRule = patternRule(
  /^org_[A-Za-z0-9]{22}$/,
  "the id of an organization: org_ and 22 letters and digits",
);
const runnerIdRule = patternRule(
  /^run_[A-Za-z0-9]{22}$/,
  "the id of a runner: run_ and 22 letters and digits",
);

/** Checks the arguments of a trust; problems go to `check`, whose `finish` is the caller's to call. */
export function readGcpX509TrustSettings(
  args: GcpX509TrustArgs,
  check: ArgumentCheck,
): GcpX509TrustSettings {
  const { trustDomain, organizationId, runnerIds } = args;
  check.checkPlain("trustDomain", trustDomain, trustDomainRule);
  check.checkPlain("organizationId", organizationId, organizationIdRule);
  check.checkPlain("runnerIds", runnerIds, (ids) =>
    ids?.length === 0 ? "must name a runner, or be left out" : undefined,
  );
  for (const [index, id] of (runnerIds ?? []).entries()) {
    check.checkPlain(`runnerIds[${index}]`, id, runnerIdRule);
  }
  const trusted = { trustDomain, organizationId, runnerIds };
  // REST reference, `projects.locations.workloadIdentityPools.providers`, `attributeCondition`.
  const lengthMax = 4_096;
  if (gcpAttributeCondition(trusted).length > lengthMax) {
    check.report(
      "runnerIds",
      `must fit in a condition of ${lengthMax} characters: name fewer, or none`,
    );
  }
  return {
    project: check.checkOptional("project", args.project, projectIdRule),
    poolId: check.check("poolId", args.poolId, poolIdRule),
    providerId: check.check("providerId", args.providerId ?? "runners", poolIdRule),
    // How many there may be: "Configure Workload Identity Federation with X.509 certificates", "Limits".
    trustAnchorsPem: readPems("trustAnchorsPem", args.trustAnchorsPem, countRule(1, 3), check),
    intermediatesPem: readPems(
      "intermediatesPem",
      args.intermediatesPem ?? [],
      countRule(0, 10),
      check,
    ),
    trusted,
  };
}

function readPems(
  path: string,
  pems: readonly pulumi.Input<string>[],
  rule: Rule<number>,
  check: ArgumentCheck,
): readonly pulumi.Input<string>[] {
  check.checkPlain(path, pems.length, rule);
  // Checked like a secret, because a key may be there by mistake; what passes is a certificate, which is none.
  return pems.map((pem, index) =>
    pulumi.unsecret(check.checkSecret(`${path}[${index}]`, pem, certificateRule)),
  );
}

function countRule(minimum: number, maximum: number): Rule<number> {
  return (count) =>
    count >= minimum && count <= maximum ? undefined : `must be ${minimum} to ${maximum} of them`;
}

/** One certificate, and nothing else: a key next to it would go to the vendor. */
const certificateRule: Rule<string> = (pem) => {
  const blocks = pem.match(/-----BEGIN [^-]+-----/g) ?? [];
  return blocks.length === 1 && blocks[0] === "-----BEGIN CERTIFICATE-----"
    ? undefined
    : "must be one certificate as PEM, and nothing else";
};
