import { WorkloadIdentityPool } from "@pulumi/gcp/iam/workloadIdentityPool.js";
import { WorkloadIdentityPoolProvider } from "@pulumi/gcp/iam/workloadIdentityPoolProvider.js";
import * as pulumi from "@pulumi/pulumi";
import { ArgumentCheck } from "../runner-workload/argument-check.ts";
import {
  gcpAttributeCondition,
  gcpAttributeMapping,
  gcpSubject,
} from "./gcp-attribute-condition.ts";
import type { GcpX509TrustArgs } from "./gcp-x509-trust-args.ts";
import { type GcpX509TrustSettings, readGcpX509TrustSettings } from "./gcp-x509-trust-settings.ts";

/**
 * Lets runners anywhere become principals of Google Cloud by their own certificates, without a key of Google's: a
 * workload identity pool that trusts our certificate authority, and takes one organization's runners.
 *
 * It grants nothing: give `runnerPrincipals` or `organizationPrincipalSet` to `GcpTargetGrant`. A certificate that is
 * revoked in the control plane is still taken here until it ends: short lifetimes are the limit.
 */
export class GcpX509Trust extends pulumi.ComponentResource {
  /** `projects/NUMBER/locations/global/workloadIdentityPools/POOL`. */
  readonly poolName: pulumi.Output<string>;
  /** What a runner names when it asks for a token: `//iam.googleapis.com/` and the provider's name. */
  readonly audience: pulumi.Output<string>;
  /** Every trusted runner of the organization, for IAM. */
  readonly organizationPrincipalSet: pulumi.Output<string>;
  /** Each of `runnerIds`, for IAM, by its id; empty if all are trusted. */
  readonly runnerPrincipals: pulumi.Output<Record<string, string>>;

  /** @throws {pulumi.InputPropertiesError} if an argument is wrong, with all that is, before anything is made. */
  constructor(name: string, args: GcpX509TrustArgs, options?: pulumi.ComponentResourceOptions) {
    const check = new ArgumentCheck(`GcpX509Trust ${name}`);
    const settings = readGcpX509TrustSettings(args, check);
    check.finish();
    super("holdfast:index:GcpX509Trust", name, {}, options);

    const { organizationId, runnerIds = [] } = settings.trusted;
    const pool = makePool(name, this, settings);
    const provider = makeProvider(name, this, settings, pool);

    this.poolName = pool.name;
    this.audience = pulumi.interpolate`//iam.googleapis.com/${provider.name}`;
    this.organizationPrincipalSet = pulumi.interpolate`principalSet://iam.googleapis.com/${pool.name}/attribute.organization/${organizationId}`;
    this.runnerPrincipals = pool.name.apply((poolName) =>
      Object.fromEntries(
        runnerIds.map((id) => [
          id,
          `principal://iam.googleapis.com/${poolName}/subject/${gcpSubject(organizationId, id)}`,
        ]),
      ),
    );
    this.registerOutputs({
      poolName: this.poolName,
      audience: this.audience,
      organizationPrincipalSet: this.organizationPrincipalSet,
      runnerPrincipals: this.runnerPrincipals,
    });
  }
}

function makePool(
  name: string,
  parent: pulumi.Resource,
  { project, poolId }: GcpX509TrustSettings,
): WorkloadIdentityPool {
  return new WorkloadIdentityPool(
    `${name}-pool`,
    {
      workloadIdentityPoolId: poolId,
      displayName: "Holdfast runners",
      description: "Runners that prove who they are by a certificate of Holdfast's authority.",
      ...(project === undefined ? {} : { project }),
    },
    { parent },
  );
}

function makeProvider(
  name: string,
  parent: pulumi.Resource,
  settings: GcpX509TrustSettings,
  pool: WorkloadIdentityPool,
): WorkloadIdentityPoolProvider {
  const { project, providerId, trustAnchorsPem, intermediatesPem, trusted } = settings;
  const certificates = (pems: readonly pulumi.Input<string>[]) =>
    pems.map((pemCertificate) => ({ pemCertificate }));
  return new WorkloadIdentityPoolProvider(
    `${name}-provider`,
    {
      workloadIdentityPoolId: pool.workloadIdentityPoolId,
      workloadIdentityPoolProviderId: providerId,
      displayName: "Certificates of runners",
      attributeMapping: gcpAttributeMapping,
      attributeCondition: gcpAttributeCondition(trusted),
      x509: {
        trustStore: {
          trustAnchors: certificates(trustAnchorsPem),
          ...(intermediatesPem.length === 0
            ? {}
            : { intermediateCas: certificates(intermediatesPem) }),
        },
      },
      ...(project === undefined ? {} : { project }),
    },
    { parent },
  );
}
