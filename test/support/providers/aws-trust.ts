import { randomBytes, randomUUID } from "node:crypto";
import type { PlaceOf } from "./aws-place.ts";
import { tagsAll } from "./aws-tags.ts";
import {
  type StandInContext,
  type StandInResource,
  textOf,
  type Value,
  type Values,
} from "./stand-in-provider.ts";

/**
 * What gives and takes identities of AWS, for `awsStandIn({ more: awsTrustResources })`: EKS Pod Identity, its add-on,
 * OpenID providers, IAM Roles Anywhere, attachments of managed policies.
 *
 * What it does NOT prove: that AWS accepts a certificate, an issuer or a cluster; that pods get credentials; which
 * keys the services put into their requests. moto has none of these but OpenID providers and attachments, and those
 * are not written through.
 */
export function awsTrustResources(placeOf: PlaceOf): Readonly<Record<string, StandInResource>> {
  return {
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": podIdentityAssociation(placeOf),
    "aws:eks/addon:Addon": addon(placeOf),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": openIdConnectProvider(placeOf),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": rolePolicyAttachment,
    "aws:rolesanywhere/trustAnchor:TrustAnchor": anywhere(placeOf, "trust-anchor"),
    "aws:rolesanywhere/profile:Profile": anywhere(placeOf, "profile"),
  };
}

/**
 * terraform-provider-aws 6, internal/service/eks/pod_identity_association.go: RequiresReplace of cluster, namespace and
 * service account, of which EKS takes one association each; external id as in the Amazon EKS User Guide, "Access AWS
 * Resources using EKS Pod Identity Target IAM Roles".
 */
function podIdentityAssociation(placeOf: PlaceOf): StandInResource {
  const externalId = async (inputs: Values, { configuration }: StandInContext): Promise<Value> => {
    const { region, accountId } = await placeOf(configuration);
    const names = ["clusterName", "namespace", "serviceAccount"].map((name) =>
      textOf(inputs, name),
    );
    return inputs["targetRoleArn"] === undefined ? null : [region, accountId, ...names].join("/");
  };
  return {
    replaceOn: ["clusterName", "namespace", "serviceAccount", "region"],
    check: (inputs) =>
      inputs["policy"] === undefined || inputs["disableSessionTags"] === true
        ? []
        : [{ property: "policy", reason: "requires disableSessionTags" }],
    create: async (inputs, context) => {
      const { partition, region, accountId } = await placeOf(context.configuration);
      refuseSecond(inputs, context, ["clusterName", "namespace", "serviceAccount"]);
      refuseRoleElsewhere(textOf(inputs, "roleArn"), accountId);
      const id = `a-${randomBytes(8).toString("hex")}`;
      return {
        id,
        outputs: {
          associationId: id,
          associationArn: `arn:${partition}:eks:${region}:${accountId}:podidentityassociation/${textOf(inputs, "clusterName")}/${id}`,
          disableSessionTags: false,
          externalId: await externalId(inputs, context),
          tagsAll: tagsAll(inputs),
        },
      };
    },
    update: async (_id, inputs, _state, context) => ({
      externalId: await externalId(inputs, context),
      tagsAll: tagsAll(inputs),
    }),
  };
}

/** "requiring both the role and the identity passing it to be in the same AWS account as the EKS cluster". */
function refuseRoleElsewhere(roleArn: string, accountId: string): void {
  if (roleArn.split(":")[4] !== accountId) {
    throw new Error("AccessDeniedException: Cross-account pass role is not allowed.");
  }
}

/** What AWS takes once, whatever it is called in the program. */
function refuseSecond(inputs: Values, context: StandInContext, keys: readonly string[]): void {
  const isSame = (others: Values): boolean => keys.every((key) => others[key] === inputs[key]);
  if (context.objects.some((other) => other.token === context.token && isSame(other.inputs))) {
    throw new Error(`ResourceInUseException: there is one already: ${keys.join(", ")}`);
  }
}

/** terraform-provider-aws 6, internal/service/eks/addon.go: ForceNew of both names. */
function addon(placeOf: PlaceOf): StandInResource {
  return {
    replaceOn: ["addonName", "clusterName"],
    create: async (inputs, context) => {
      refuseSecond(inputs, context, ["addonName", "clusterName"]);
      const { partition, region, accountId } = await placeOf(context.configuration);
      const [cluster, name] = [textOf(inputs, "clusterName"), textOf(inputs, "addonName")];
      return {
        id: `${cluster}:${name}`,
        outputs: {
          arn: `arn:${partition}:eks:${region}:${accountId}:addon/${cluster}/${name}/${randomUUID()}`,
          addonVersion: "v1.0.0-eksbuild.1",
          tagsAll: tagsAll(inputs),
        },
      };
    },
  };
}

/** terraform-provider-aws 6, internal/service/iam/openid_connect_provider.go: ForceNew of url. */
function openIdConnectProvider(placeOf: PlaceOf): StandInResource {
  return {
    replaceOn: ["url"],
    create: async (inputs, context) => {
      refuseSecond(inputs, context, ["url"]);
      const { partition, accountId } = await placeOf(context.configuration);
      const issuer = textOf(inputs, "url").replace("https://", "");
      const arn = `arn:${partition}:iam::${accountId}:oidc-provider/${issuer}`;
      return { id: arn, outputs: { arn, tagsAll: tagsAll(inputs) } };
    },
  };
}

/** terraform-provider-aws 6, internal/service/iam/role_policy_attachment.go: ForceNew of both; attaching is a "put". */
const rolePolicyAttachment: StandInResource = {
  replaceOn: ["role", "policyArn"],
  mayExist: true,
  create: async (inputs) => ({
    id: `${textOf(inputs, "role")}/${textOf(inputs, "policyArn")}`,
    outputs: {},
  }),
};

/** terraform-provider-aws 6, internal/service/rolesanywhere: trust_anchor.go and profile.go have no ForceNew. */
function anywhere(placeOf: PlaceOf, kind: "trust-anchor" | "profile"): StandInResource {
  return {
    replaceOn: [],
    autoName: { property: "name", maxLength: 255 },
    create: async (inputs, { configuration }) => {
      const { partition, region, accountId } = await placeOf(configuration);
      const id = randomUUID();
      const arn = `arn:${partition}:rolesanywhere:${region}:${accountId}:${kind}/${id}`;
      return { id, outputs: { arn, tagsAll: tagsAll(inputs) } };
    },
  };
}
