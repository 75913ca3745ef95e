import { randomBytes } from "node:crypto";
import {
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  PutRetentionPolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  AuthorizeSecurityGroupEgressCommand,
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  type IpPermission,
  RevokeSecurityGroupEgressCommand,
} from "@aws-sdk/client-ec2";
import type { AwsPlace, PlaceOf } from "./aws-place.ts";
import { awsTags, tagsAll } from "./aws-tags.ts";
import {
  type InputProblem,
  type StandInResource,
  textOf,
  unknownValue,
  type Values,
  valueAt,
} from "./stand-in-provider.ts";

/** Security groups and their ways out. */
export function networkResources(placeOf: PlaceOf): Readonly<Record<string, StandInResource>> {
  return {
    "aws:ec2/securityGroup:SecurityGroup": securityGroup(placeOf),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": egressRule(placeOf),
  };
}

/**
 * terraform-provider-aws 6, internal/service/ec2/vpc_security_group.go: ForceNew of description, name,
 * name_prefix and vpc_id; the rule that lets everything out, which EC2 makes, is revoked.
 */
function securityGroup(placeOf: PlaceOf): StandInResource {
  return {
    replaceOn: ["description", "name", "namePrefix", "vpcId"],
    autoName: { property: "name", maxLength: 255, unless: "namePrefix" },
    defaults: () => ({ description: "Managed by Pulumi", revokeRulesOnDelete: false }),
    create: async (inputs, { configuration }) => {
      const place = await placeOf(configuration);
      const { partition, region, accountId } = place;
      const id = (await createGroup(inputs, place)) ?? `sg-${randomBytes(8).toString("hex")}0`;
      return {
        id,
        outputs: {
          arn: `arn:${partition}:ec2:${region}:${accountId}:security-group/${id}`,
          ownerId: accountId,
          ingress: [],
          egress: [],
          tagsAll: tagsAll(inputs),
        },
      };
    },
    update: async (_id, inputs) => ({ tagsAll: tagsAll(inputs) }),
    delete: async (id, _state, { configuration, objects }) => {
      const isUsed = objects.some(({ outputs }) => {
        const groups = valueAt(outputs, "networkConfiguration.securityGroups");
        return Array.isArray(groups) && groups.includes(id);
      });
      if (isUsed) {
        throw new Error(`DependencyViolation: resource ${id} has a dependent object`);
      }
      const { clients } = await placeOf(configuration);
      await clients?.ec2.send(new DeleteSecurityGroupCommand({ GroupId: id }));
    },
  };
}

async function createGroup(inputs: Values, { clients }: AwsPlace): Promise<string | undefined> {
  if (clients === undefined) {
    return undefined;
  }
  const { GroupId: id = "" } = await clients.ec2.send(
    new CreateSecurityGroupCommand({
      GroupName: textOf(inputs, "name"),
      Description: textOf(inputs, "description"),
      VpcId: textOf(inputs, "vpcId"),
      TagSpecifications: [{ ResourceType: "security-group", Tags: awsTags(inputs) }],
    }),
  );
  const everything: IpPermission = { IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] };
  await clients.ec2.send(
    new RevokeSecurityGroupEgressCommand({ GroupId: id, IpPermissions: [everything] }),
  );
  return id;
}

/**
 * terraform-provider-aws 6, internal/service/ec2/vpc_security_group_ingress_rule.go: security_group_id
 * RequiresReplace; exactly one of the four targets.
 */
function egressRule(placeOf: PlaceOf): StandInResource {
  return {
    replaceOn: ["securityGroupId"],
    check: egressProblems,
    create: async (inputs, { configuration }) => {
      const place = await placeOf(configuration);
      const id = (await authorize(inputs, place)) ?? `sgr-${randomBytes(8).toString("hex")}0`;
      return {
        id,
        outputs: {
          arn: `arn:${place.partition}:ec2:${place.region}:${place.accountId}:security-group-rule/${id}`,
          securityGroupRuleId: id,
          tagsAll: tagsAll(inputs),
        },
      };
    },
    update: async (_id, inputs) => ({ tagsAll: tagsAll(inputs) }),
    delete: async (id, state, { configuration }) => {
      const { clients } = await placeOf(configuration);
      await clients?.ec2.send(
        new RevokeSecurityGroupEgressCommand({
          GroupId: textOf(state, "securityGroupId"),
          SecurityGroupRuleIds: [id],
        }),
      );
    },
  };
}

async function authorize(inputs: Values, { clients }: AwsPlace): Promise<string | undefined> {
  const answer = await clients?.ec2.send(
    new AuthorizeSecurityGroupEgressCommand({
      GroupId: textOf(inputs, "securityGroupId"),
      IpPermissions: [permissionOf(inputs)],
    }),
  );
  return answer?.SecurityGroupRules?.[0]?.SecurityGroupRuleId;
}

function permissionOf(inputs: Values): IpPermission {
  const { fromPort, toPort } = inputs;
  const cidrIpv4 = textOf(inputs, "cidrIpv4");
  const cidrIpv6 = textOf(inputs, "cidrIpv6");
  const prefixListId = textOf(inputs, "prefixListId");
  return {
    IpProtocol: textOf(inputs, "ipProtocol"),
    ...(fromPort === undefined ? {} : { FromPort: Number(fromPort), ToPort: Number(toPort) }),
    ...(cidrIpv4 === "" ? {} : { IpRanges: [{ CidrIp: cidrIpv4 }] }),
    ...(cidrIpv6 === "" ? {} : { Ipv6Ranges: [{ CidrIpv6: cidrIpv6 }] }),
    ...(prefixListId === "" ? {} : { PrefixListIds: [{ PrefixListId: prefixListId }] }),
  };
}

function egressProblems(inputs: Values): readonly InputProblem[] {
  const targets = ["cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"].filter(
    (name) => inputs[name] !== undefined,
  );
  const hasPorts = inputs["fromPort"] !== undefined && inputs["toPort"] !== undefined;
  const isEverything = inputs["ipProtocol"] === "-1" || inputs["ipProtocol"] === unknownValue;
  return [
    ...(targets.length === 1
      ? []
      : [{ property: "cidrIpv4", reason: "exactly one of the targets must be configured" }]),
    ...(hasPorts || isEverything
      ? []
      : [{ property: "fromPort", reason: "ports are required for this protocol" }]),
  ];
}

const retentionDays = [
  0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1_096, 1_827, 2_192, 2_557,
  2_922, 3_288, 3_653,
];

/** terraform-provider-aws 6, internal/service/logs/group.go: ForceNew of name, name_prefix and log_group_class. */
export function logGroup(placeOf: PlaceOf): StandInResource {
  const retain = async (name: string, inputs: Values, { clients }: AwsPlace): Promise<void> => {
    const days = Number(inputs["retentionInDays"] ?? 0);
    if (days > 0) {
      const policy = { logGroupName: name, retentionInDays: days };
      await clients?.logs.send(new PutRetentionPolicyCommand(policy));
    }
  };
  return {
    replaceOn: ["name", "namePrefix", "logGroupClass"],
    autoName: { property: "name", maxLength: 512, unless: "namePrefix" },
    defaults: () => ({ skipDestroy: false }),
    check: ({ retentionInDays: days }) =>
      typeof days !== "number" || retentionDays.includes(days)
        ? []
        : [{ property: "retentionInDays", reason: `expected one of ${retentionDays.join(" ")}` }],
    create: async (inputs, { configuration }) => {
      const place = await placeOf(configuration);
      const name = textOf(inputs, "name");
      const tags = Object.fromEntries(awsTags(inputs).map(({ Key, Value }) => [Key, Value]));
      await place.clients?.logs.send(new CreateLogGroupCommand({ logGroupName: name, tags }));
      await retain(name, inputs, place);
      const { partition, region, accountId } = place;
      const arn = `arn:${partition}:logs:${region}:${accountId}:log-group:${name}`;
      return { id: name, outputs: { arn, logGroupClass: "STANDARD", tagsAll: tagsAll(inputs) } };
    },
    update: async (id, inputs, _state, { configuration }) => {
      await retain(id, inputs, await placeOf(configuration));
      return { tagsAll: tagsAll(inputs) };
    },
    delete: async (id, _state, { configuration }) => {
      const { clients } = await placeOf(configuration);
      await clients?.logs.send(new DeleteLogGroupCommand({ logGroupName: id }));
    },
  };
}
