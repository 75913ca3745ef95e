import { ecsResources } from "./aws-ecs.ts";
import { iamResources } from "./aws-iam.ts";
import { logGroup, networkResources } from "./aws-network.ts";
import { awsPlaces, type PlaceOf } from "./aws-place.ts";
import { secretsManagerResources } from "./aws-secrets-manager.ts";
import type { StandInProvider, StandInResource } from "./stand-in-provider.ts";

/** What differs from a bare account. */
export interface AwsStandInOptions {
  /** Moto's address: what is made is made there too. It must not enforce while a stack is updated. */
  readonly moto?: { readonly endpoint: string };
  /** Further types of resources, made for the place that an instance of the provider is for. */
  readonly more?: (placeOf: PlaceOf) => Readonly<Record<string, StandInResource>>;
}

/** What ECS says of a role that it has not heard of yet; for `failTimes` on the service's creation. */
export const unableToAssumeRole =
  "InvalidParameterException: Unable to assume the service linked role. Please verify that the ECS service linked role exists.";

/**
 * The stand-in for `aws` (pulumi-aws 7, terraform-provider-aws 6): names, what replaces, ARNs, ids, revisions,
 * versions, and the refusals that order matters for (a group in use, a role with policies, a definition that is
 * gone, a cluster elsewhere, a name that is still taken).
 *
 * What it does NOT prove: that AWS accepts the values (quotas, service control policies, subnets without a way
 * out), that tasks start, health checks, the circuit breaker's verdict, and how long IAM takes to tell everybody.
 * With `moto`, IAM, Secrets Manager, ECS, EC2 and CloudWatch Logs of a server that nobody here wrote take the
 * requests too; test/support/moto-server.ts says what that does not prove.
 */
export function awsStandIn({ moto, more }: AwsStandInOptions = {}): StandInProvider {
  const placeOf = awsPlaces(moto?.endpoint);
  return {
    packageName: "aws",
    resources: {
      ...iamResources(placeOf),
      ...secretsManagerResources(placeOf),
      ...networkResources(placeOf),
      "aws:cloudwatch/logGroup:LogGroup": logGroup(placeOf),
      ...ecsResources(placeOf),
      ...more?.(placeOf),
    },
    functions: {
      "aws:index/getCallerIdentity:getCallerIdentity": async (_args, configuration) => {
        const { partition, accountId } = await placeOf(configuration);
        const arn = `arn:${partition}:iam::${accountId}:user/stand-in`;
        return { accountId, arn, id: accountId, userId: "AIDASTANDIN" };
      },
    },
  };
}
