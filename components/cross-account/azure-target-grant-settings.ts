import type * as pulumi from "@pulumi/pulumi";
import type { ArgumentCheck, Rule } from "../runner-workload/argument-check.ts";
import { azureGuidRule, azureScopeRule, isManagementGroup } from "./azure-resource-id.ts";
import type { AzureTargetGrantArgs } from "./azure-target-grant-args.ts";

/** The arguments of a grant: checked, with their defaults. */
export interface AzureGrant {
  readonly scope: pulumi.Input<string>;
  /** One of the two. */
  readonly principal: {
    readonly objectId: pulumi.Input<string> | undefined;
    readonly applicationClientId: pulumi.Input<string> | undefined;
  };
  /** A role that exists if it has a GUID, and otherwise one to make. */
  readonly role: {
    readonly guid: pulumi.Input<string> | undefined;
    readonly name: pulumi.Input<string> | undefined;
    readonly actions: readonly pulumi.Input<string>[];
    readonly dataActions: readonly pulumi.Input<string>[];
  };
  readonly condition: pulumi.Input<string> | undefined;
  readonly description: pulumi.Input<string>;
}

/** Checks the arguments of a grant; problems go to `check`, whose `finish` is the caller's to call. */
export function readAzureGrant(args: AzureTargetGrantArgs, check: ArgumentCheck): AzureGrant {
  const { principalId, applicationClientId } = args;
  if ((principalId === undefined) === (applicationClientId === undefined)) {
    const given = principalId === undefined ? "neither" : "both";
    check.report("principalId", `must be given, or else applicationClientId; given: ${given}`);
  }
  return {
    scope: check.check("scope", args.scope, azureScopeRule),
    principal: {
      objectId: check.checkOptional("principalId", principalId, azureGuidRule),
      applicationClientId: check.checkOptional(
        "applicationClientId",
        applicationClientId,
        azureGuidRule,
      ),
    },
    role: readRole(args, check),
    condition: args.condition,
    description: args.description ?? "Made for a Holdfast runner.",
  };
}

function readRole(args: AzureTargetGrantArgs, check: ArgumentCheck): AzureGrant["role"] {
  const { roleGuid, actions = [], dataActions = [], scope } = args;
  const isCustom = actions.length + dataActions.length > 0;
  if ((roleGuid === undefined) === !isCustom) {
    const given = isCustom ? "both" : "neither";
    check.report("roleGuid", `must be given, or else actions or dataActions; given: ${given}`);
  }
  if (args.roleName !== undefined && !isCustom) {
    check.report("roleName", "must be left out without actions and dataActions");
  }
  if (dataActions.length > 0 && typeof scope === "string" && isManagementGroup(scope)) {
    check.report(
      "dataActions",
      `must be left out at a management group, where Azure takes no custom role with any; given: ${scope}`,
    );
  }
  check.checkPlain("unsafeWildcardActions", args.unsafeWildcardActions);
  const rule = actionRule(args.unsafeWildcardActions === true);
  return {
    guid: check.checkOptional("roleGuid", roleGuid, azureGuidRule),
    name: args.roleName,
    actions: actions.map((action, index) => check.check(`actions[${index}]`, action, rule)),
    dataActions: dataActions.map((action, index) =>
      check.check(`dataActions[${index}]`, action, rule),
    ),
  };
}

/** An action of a role (Azure, "Understand Azure role definitions", "Actions format"). */
function actionRule(mayBeWildcard: boolean): Rule<string> {
  return (action) => {
    if (!/^(?:\*|[A-Za-z][\w.-]*(?:\/[\w.*-]+)+)$/.test(action)) {
      return "must be an action: PROVIDER/TYPE/ACTION, such as Microsoft.Compute/virtualMachines/read";
    }
    return action.includes("*") && !mayBeWildcard
      ? "must not have a *, or unsafeWildcardActions must be true"
      : undefined;
  };
}
