import { randomBytes } from "node:crypto";
import {
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import type { AwsPlace, PlaceOf } from "./aws-place.ts";
import { awsTags, tagsAll } from "./aws-tags.ts";
import {
  type InputProblem,
  type StandInResource,
  textOf,
  unknownValue,
  type Values,
} from "./stand-in-provider.ts";

/** Roles and their inline policies. */
export function iamResources(placeOf: PlaceOf): Readonly<Record<string, StandInResource>> {
  return {
    "aws:iam/role:Role": role(placeOf),
    "aws:iam/rolePolicy:RolePolicy": rolePolicy(placeOf),
  };
}

/** terraform-provider-aws 6, internal/service/iam/role.go: ForceNew of name, name_prefix and path. */
function role(placeOf: PlaceOf): StandInResource {
  return {
    replaceOn: ["name", "namePrefix", "path"],
    autoName: { property: "name", maxLength: 64, unless: "namePrefix" },
    check: (inputs) => jsonProblems(inputs, "assumeRolePolicy"),
    create: async (inputs, { configuration }) => {
      const place = await placeOf(configuration);
      const name = textOf(inputs, "name");
      return {
        id: name,
        outputs: {
          maxSessionDuration: 3_600,
          path: "/",
          ...roleOutputs(inputs, place, await createRole(name, inputs, place)),
        },
      };
    },
    update: async (id, inputs, _state, { configuration }) => {
      const { clients } = await placeOf(configuration);
      await clients?.iam.send(
        new UpdateAssumeRolePolicyCommand({
          RoleName: id,
          PolicyDocument: textOf(inputs, "assumeRolePolicy"),
        }),
      );
      await clients?.iam.send(
        new UpdateRoleCommand({ RoleName: id, Description: textOf(inputs, "description") }),
      );
      return { tagsAll: tagsAll(inputs) };
    },
    delete: async (id, state, { configuration, objects }) => {
      const left = objects.filter(
        ({ token, outputs }) => token.startsWith("aws:iam/rolePolic") && outputs["role"] === id,
      );
      if (left.length > 0 && state["forceDetachPolicies"] !== true) {
        throw new Error("DeleteConflict: Cannot delete entity, must delete policies first.");
      }
      const { clients } = await placeOf(configuration);
      await clients?.iam.send(new DeleteRoleCommand({ RoleName: id }));
    },
  };
}

async function createRole(
  name: string,
  inputs: Values,
  { clients }: AwsPlace,
): Promise<string | undefined> {
  const boundary = textOf(inputs, "permissionsBoundary");
  const answer = await clients?.iam.send(
    new CreateRoleCommand({
      RoleName: name,
      AssumeRolePolicyDocument: textOf(inputs, "assumeRolePolicy"),
      Description: textOf(inputs, "description"),
      Path: textOf(inputs, "path") || "/",
      MaxSessionDuration: Number(inputs["maxSessionDuration"] ?? 3_600),
      Tags: awsTags(inputs),
      ...(boundary === "" ? {} : { PermissionsBoundary: boundary }),
    }),
  );
  return answer?.Role?.RoleId;
}

function roleOutputs(inputs: Values, place: AwsPlace, roleId: string | undefined): Values {
  const path = textOf(inputs, "path") || "/";
  const name = textOf(inputs, "name");
  return {
    arn: `arn:${place.partition}:iam::${place.accountId}:role${path}${name}`,
    createDate: "2026-01-01T00:00:00Z",
    managedPolicyArns: [],
    uniqueId: roleId ?? `AROA${randomBytes(8).toString("hex").toUpperCase()}`,
    tagsAll: tagsAll(inputs),
  };
}

/** terraform-provider-aws 6, internal/service/iam/role_policy.go: ForceNew of name, name_prefix and role. */
function rolePolicy(placeOf: PlaceOf): StandInResource {
  const put = async (inputs: Values, configuration: Values): Promise<void> => {
    const { clients } = await placeOf(configuration);
    await clients?.iam.send(
      new PutRolePolicyCommand({
        RoleName: textOf(inputs, "role"),
        PolicyName: textOf(inputs, "name"),
        PolicyDocument: textOf(inputs, "policy"),
      }),
    );
  };
  return {
    replaceOn: ["name", "namePrefix", "role"],
    autoName: { property: "name", maxLength: 128, unless: "namePrefix" },
    check: (inputs) => jsonProblems(inputs, "policy"),
    create: async (inputs, { configuration }) => {
      await put(inputs, configuration);
      return { id: `${textOf(inputs, "role")}:${textOf(inputs, "name")}`, outputs: {} };
    },
    update: async (_id, inputs, _state, { configuration }) => {
      await put(inputs, configuration);
      return {};
    },
    delete: async (_id, state, { configuration }) => {
      const { clients } = await placeOf(configuration);
      const which = { RoleName: textOf(state, "role"), PolicyName: textOf(state, "name") };
      await clients?.iam.send(new DeleteRolePolicyCommand(which));
    },
  };
}

/** Both documents must be JSON; the provider's schema says so (verify.ValidIAMPolicyJSON). */
function jsonProblems(inputs: Values, property: string): readonly InputProblem[] {
  const value = inputs[property];
  if (value === unknownValue || typeof value !== "string") {
    return [];
  }
  try {
    const { Statement: statements } = JSON.parse(value) as { readonly Statement?: unknown };
    return Array.isArray(statements) && statements.length > 0
      ? []
      : [{ property, reason: "contains an invalid JSON policy: no statement" }];
  } catch {
    return [{ property, reason: "contains an invalid JSON policy" }];
  }
}
