import { Provider as AzureProvider } from "@pulumi/azure-native/provider.js";
import { Provider as EntraProvider } from "@pulumi/azuread/provider.js";
import type * as pulumi from "@pulumi/pulumi";
import { AzureCrossTenantApplication } from "holdfast/cross-account/azure-cross-tenant-application.ts";
import { AzureFederatedTrust } from "holdfast/cross-account/azure-federated-trust.ts";
import type { AzureFederatedTrustArgs } from "holdfast/cross-account/azure-federated-trust-args.ts";
import { AzureTargetGrant } from "holdfast/cross-account/azure-target-grant.ts";
import type { AzureTargetGrantArgs } from "holdfast/cross-account/azure-target-grant-args.ts";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { azureAdStandIn, azureStandIn } from "../support/providers/azure.ts";
import { entraRefusal, type FederatedToken } from "../support/providers/azure-federation.ts";
import type { StandInObject } from "../support/providers/stand-in-provider.ts";
import { type StandIns, startStandIns } from "../support/providers/start-stand-ins.ts";
import { stepTexts, textOutput } from "./engine-world.ts";
import { emptyStack } from "./runner-world.ts";

let standIns: StandIns;

beforeAll(async () => {
  standIns = await startStandIns([azureStandIn(), azureAdStandIn()]);
});

afterAll(async () => {
  await standIns.stop();
});

beforeEach(() => {
  standIns.forgetCalls();
});

const homeSubscription = "11111111-1111-1111-1111-111111111111";
const targetSubscription = "66666666-6666-6666-6666-666666666666";
const homeTenant = "22222222-2222-2222-2222-222222222222";
const targetTenant = "77777777-7777-7777-7777-777777777777";
const principalId = "44444444-4444-4444-4444-444444444444";
const reader = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
const contributor = "b24988ac-6180-42a0-ab88-20f7382dd24c";
const audience = "api://AzureADTokenExchange";
const scope = `/subscriptions/${targetSubscription}/resourceGroups/production`;

function only(wanted: string): StandInObject {
  const [object, ...others] = standIns.objects.filter(({ token }) => token === wanted);
  if (object === undefined || others.length > 0) {
    throw new Error(`there is not one ${wanted}`);
  }
  return object;
}

const trusts = [
  {
    name: "a cluster of AKS",
    issuer: `https://westeurope.oic.prod-aks.azure.com/${homeTenant}/55555555-5555-5555-5555-555555555555/`,
    subject: "system:serviceaccount:holdfast:prod",
  },
  {
    name: "a cluster of EKS",
    issuer: "https://oidc.eks.eu-central-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF",
    subject: "system:serviceaccount:holdfast:prod",
  },
  {
    name: "a cluster of GKE",
    issuer: "https://container.googleapis.com/v1/projects/p/locations/europe-west4/clusters/c",
    subject: "system:serviceaccount:holdfast:prod",
  },
  {
    name: "roles of an AWS account",
    issuer: "https://a1d2b0fd-1177-4468-9351-2f0000000723.tokens.sts.global.api.aws",
    subject: "arn:aws:iam::123456789012:role/runner",
  },
] as const;

/** Tokens that differ from the right one in one thing, and what Entra says to them. */
function wrongTokens({
  issuer,
  subject,
}: Pick<FederatedToken, "issuer" | "subject">): readonly (readonly [string, FederatedToken])[] {
  const token = { issuer, subject, audience };
  const slashed = issuer.endsWith("/") ? issuer.slice(0, -1) : `${issuer}/`;
  return [
    ["AADSTS700211", { ...token, issuer: slashed }],
    ["AADSTS700211", { ...token, issuer: issuer.replace("https", "http") }],
    ["AADSTS700211", { ...token, issuer: `${issuer}x` }],
    ["AADSTS700213", { ...token, subject: `${subject}2` }],
    ["AADSTS700213", { ...token, subject: subject.toUpperCase() }],
    ["AADSTS700213", { ...token, subject: "" }],
    ["AADSTS700212", { ...token, audience: "sts.amazonaws.com" }],
    ["AADSTS700212", { ...token, audience: `${audience}/` }],
  ];
}

test("an identity trusts the tokens of the one subject of the one issuer for the one audience, and no others", async () => {
  const stack = await emptyStack(standIns);
  const program =
    (args: Pick<AzureFederatedTrustArgs, "issuer" | "subject">): pulumi.automation.PulumiFn =>
    async () => {
      const azure = new AzureProvider("azure", {
        subscriptionId: homeSubscription,
        tenantId: homeTenant,
      });
      const trust = new AzureFederatedTrust(
        "runner",
        { resourceGroupName: "runners", tags: { team: "platform" }, ...args },
        { providers: [azure] },
      );
      const { identityPrincipal, identityClientId, identityId } = trust;
      return { identityPrincipal, identityClientId, identityId };
    };
  for (const { name, issuer, subject } of trusts) {
    const update = await stack.up(program({ issuer, subject }));
    const credential = only("azure-native:managedidentity:FederatedIdentityCredential");
    const held = { inputs: credential.inputs, tenantId: homeTenant };
    expect(entraRefusal(held, { issuer, subject, audience }), name).toBeUndefined();
    for (const [code, token] of wrongTokens({ issuer, subject })) {
      expect(entraRefusal(held, token), JSON.stringify(token)).toBe(code);
    }
    const identity = only("azure-native:managedidentity:UserAssignedIdentity");
    expect(textOutput(update, "identityPrincipal")).toBe(identity.outputs["principalId"]);
    expect(identity.outputs["tags"]).toEqual({ team: "platform" });
    // The issuer is changed in place: the identity, and what it may do, stays.
    expect(stepTexts(update.steps)).not.toContain("replace runner-federated-credential");
  }
  expect((await stack.resources()).map(({ urn }) => urn.split("::").slice(2).join("::"))).toEqual([
    "holdfast:index:AzureFederatedTrust$azure-native:managedidentity:FederatedIdentityCredential::runner-federated-credential",
    "holdfast:index:AzureFederatedTrust$azure-native:managedidentity:UserAssignedIdentity::runner-identity",
    "holdfast:index:AzureFederatedTrust::runner",
    "pulumi:providers:azure-native::azure",
  ]);
  await stack.destroy();
  expect(standIns.objects).toEqual([]);
});

function grantProgram(args: Partial<AzureTargetGrantArgs>): pulumi.automation.PulumiFn {
  return async () => {
    const target = new AzureProvider("target", {
      subscriptionId: targetSubscription,
      tenantId: homeTenant,
    });
    const grant = new AzureTargetGrant(
      "grant",
      { scope, principalId, ...args },
      { providers: [target] },
    );
    const { roleAssignmentId, roleDefinitionId } = grant;
    return { roleAssignmentId, roleDefinitionId };
  };
}

test("a grant gives one principal one role at one scope of the target's subscription, and moves with each of the three", async () => {
  const stack = await emptyStack(standIns);
  const assignment = "azure-native:authorization:RoleAssignment";
  await stack.up(grantProgram({ roleGuid: reader }));
  expect(only(assignment)).toMatchObject({
    configuration: { subscriptionId: targetSubscription },
    inputs: {
      scope,
      principalId,
      principalType: "ServicePrincipal",
      roleDefinitionId: `/subscriptions/${targetSubscription}/providers/Microsoft.Authorization/roleDefinitions/${reader}`,
    },
  });
  expect((await stack.up(grantProgram({ roleGuid: reader }), true)).changes).toEqual({});
  const replaced = [
    "create-replacement grant-role-assignment",
    "replace grant-role-assignment",
    "delete-replaced grant-role-assignment",
  ];
  expect(stepTexts((await stack.up(grantProgram({ roleGuid: contributor }))).steps)).toEqual(
    replaced,
  );
  const narrower = { roleGuid: contributor, scope: `${scope}/providers/Microsoft.Web/sites/web` };
  expect(stepTexts((await stack.up(grantProgram(narrower))).steps)).toEqual(replaced);
  const other = { ...narrower, principalId: "88888888-8888-8888-8888-888888888888" };
  expect(stepTexts((await stack.up(grantProgram(other))).steps)).toEqual(replaced);
  await stack.destroy();
  expect(standIns.objects).toEqual([]);
});

test("a custom role has exactly the actions that were given, is kept when they change, and goes after its assignment", async () => {
  const stack = await emptyStack(standIns);
  const read = "Microsoft.Compute/virtualMachines/read";
  const blobs = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read";
  const made = await stack.up(
    grantProgram({ actions: [read], dataActions: [blobs], condition: "@Resource[name] exists" }),
  );
  const role = only("azure-native:authorization:RoleDefinition");
  expect(role.inputs).toMatchObject({
    scope,
    roleType: "CustomRole",
    permissions: [{ actions: [read], dataActions: [blobs], notActions: [], notDataActions: [] }],
    assignableScopes: [scope],
  });
  expect(only("azure-native:authorization:RoleAssignment").inputs).toMatchObject({
    roleDefinitionId: textOutput(made, "roleDefinitionId"),
    condition: "@Resource[name] exists",
    conditionVersion: "2.0",
  });
  const fewer = grantProgram({ actions: [read], condition: "@Resource[name] exists" });
  expect(stepTexts((await stack.up(fewer)).steps)).toEqual(["update grant-role"]);
  standIns.forgetCalls();
  await stack.destroy();
  const deleted = standIns.calls.filter(({ method }) => method === "delete");
  expect(deleted.map(({ name }) => name)).toEqual(["grant-role-assignment", "grant-role"]);
  expect(standIns.objects).toEqual([]);
});

test("across tenants the application and its trust are in the home tenant, and the role is the target's own principal's", async () => {
  const stack = await emptyStack(standIns);
  const update = await stack.up(async () => {
    const home = new EntraProvider("home", { tenantId: homeTenant });
    const application = new AzureCrossTenantApplication(
      "runner",
      { homeTenantId: homeTenant, principalId },
      { providers: [home] },
    );
    const azure = new AzureProvider("target", {
      subscriptionId: targetSubscription,
      tenantId: targetTenant,
    });
    const entra = new EntraProvider("target-entra", { tenantId: targetTenant });
    const { applicationClientId, consentSteps } = application;
    const grant = new AzureTargetGrant(
      "grant",
      { scope, applicationClientId, roleGuid: reader },
      { providers: [azure, entra] },
    );
    return { applicationClientId, consentSteps, principalId: grant.principalId };
  });
  const application = only("azuread:index/application:Application");
  const trust = only(
    "azuread:index/applicationFederatedIdentityCredential:ApplicationFederatedIdentityCredential",
  );
  const principal = only("azuread:index/servicePrincipal:ServicePrincipal");
  const assignment = only("azure-native:authorization:RoleAssignment");
  expect(application.inputs["signInAudience"]).toBe("AzureADMultipleOrgs");
  expect(application.configuration).toMatchObject({ tenantId: homeTenant });
  expect(trust.configuration).toMatchObject({ tenantId: homeTenant });
  expect(principal.configuration).toMatchObject({ tenantId: targetTenant });
  expect(principal.inputs["clientId"]).toBe(application.outputs["clientId"]);
  expect(assignment.configuration).toMatchObject({ tenantId: targetTenant });
  expect(assignment.inputs["principalId"]).toBe(principal.outputs["objectId"]);
  expect(textOutput(update, "principalId")).toBe(principal.outputs["objectId"]);
  expect(textOutput(update, "consentSteps")).toContain(
    `az ad sp create --id ${textOutput(update, "applicationClientId")}`,
  );

  const token = {
    issuer: `https://login.microsoftonline.com/${homeTenant}/v2.0`,
    subject: principalId,
    audience,
  };
  const { inputs } = trust;
  const answers = [
    [undefined, homeTenant, token],
    // What would be the case with application and trust in the target's tenant.
    ["AADSTS700236", targetTenant, token],
    ["AADSTS700213", homeTenant, { ...token, subject: "another identity" }],
    ["AADSTS700212", homeTenant, { ...token, audience: "https://management.azure.com" }],
    [
      "AADSTS700236",
      homeTenant,
      { ...token, issuer: `https://login.microsoftonline.com/${targetTenant}/v2.0` },
    ],
  ] as const;
  for (const [answer, tenantId, shown] of answers) {
    expect(entraRefusal({ inputs, tenantId }, shown)).toBe(answer);
  }
  await stack.destroy();
  expect(standIns.objects).toEqual([]);
});

test("wrong trusts and grants are refused with all that is wrong, before anything is made", async () => {
  const stack = await emptyStack(standIns);
  const message = await stack.failure(
    grantProgram({ scope: "production/", roleGuid: "Reader", actions: ["*"] }),
  );
  for (const problem of [
    "scope must be a scope",
    "roleGuid must be given, or else actions or dataActions; given: both",
    "roleGuid must be a GUID",
    "actions[0] must not have a *, or unsafeWildcardActions must be true",
  ]) {
    expect(message).toContain(problem);
  }
  expect(standIns.calls).toEqual([]);
});
