import { Provider as GoogleProvider } from "@pulumi/gcp/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { RandomId } from "@pulumi/random/randomId.js";
import {
  gcpAttributeCondition,
  gcpAttributeMapping,
} from "holdfast/cross-account/gcp-attribute-condition.ts";
import { GcpGrantMode } from "holdfast/cross-account/gcp-grant-mode.ts";
import { GcpTargetGrant } from "holdfast/cross-account/gcp-target-grant.ts";
import type { GcpTargetGrantArgs } from "holdfast/cross-account/gcp-target-grant-args.ts";
import { GcpX509Trust } from "holdfast/cross-account/gcp-x509-trust.ts";
import type { GcpX509TrustArgs } from "holdfast/cross-account/gcp-x509-trust-args.ts";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { gcpStandIn } from "../support/providers/gcp.ts";
import { federate } from "../support/providers/gcp-federation.ts";
import { projectNumberOf } from "../support/providers/gcp-project.ts";
import { randomStandIn } from "../support/providers/random.ts";
import { type Values, valueAt } from "../support/providers/stand-in-provider.ts";
import { type StandIns, startStandIns } from "../support/providers/start-stand-ins.ts";
import { makeStack } from "./engine-world.ts";

type Program = pulumi.automation.PulumiFn;

const organizationId = "org_0123456789ABCDEFGHIJKL";
const other = "org_ZZZZZZZZZZABCDEFGHIJKL";
const runner = "run_0123456789ABCDEFGHIJKL";
const sibling = "run_ZZZZZZZZZZABCDEFGHIJKL";
const principal = "serviceAccount:runner@acme-runners.iam.gserviceaccount.com";

let standIns: StandIns;

beforeAll(async () => {
  standIns = await startStandIns([gcpStandIn(), randomStandIn()]);
});

afterEach(() => {
  standIns.forgetCalls();
});

afterAll(async () => {
  await standIns.stop();
});

function grant(args: () => GcpTargetGrantArgs): Program {
  return async () => {
    const target = new GoogleProvider("target", { project: "acme-target" });
    const made = new GcpTargetGrant("deploy", args(), { provider: target });
    return {
      grantedPrincipal: made.grantedPrincipal,
      serviceAccountEmail: made.serviceAccountEmail,
      stateRoleName: made.stateRoleName,
    };
  };
}

function inputsOf(token: RegExp): readonly Values[] {
  return standIns.objects.filter((object) => token.test(object.token)).map(({ inputs }) => inputs);
}

const roles = {
  view: { role: "roles/compute.viewer" },
  "until-2027": {
    role: "roles/container.developer",
    conditionExpression: 'request.time < timestamp("2027-01-01T00:00:00Z")',
  },
};

describe("a grant in a target project", () => {
  test("with impersonation the roles belong to a service account, and the runner may only get its tokens", async () => {
    const stack = await makeStack({ environment: standIns.environment });
    const args =
      (changes: Partial<GcpTargetGrantArgs> = {}) =>
      (): GcpTargetGrantArgs => ({
        project: "acme-target",
        principal,
        roles,
        operations: ["pulumi.preview", "pulumi.up"],
        stateBucket: "acme-state",
        ...changes,
      });
    const made = await stack.up(grant(args()));
    const email = String(made.outputs["serviceAccountEmail"]);
    expect(email).toMatch(/^deploy-[0-9a-f]{8}@acme-target\.iam\.gserviceaccount\.com$/);
    expect(made.outputs["grantedPrincipal"]).toBe(`serviceAccount:${email}`);
    expect(inputsOf(/serviceaccount\/iAMMember/)).toEqual([
      {
        serviceAccountId: `projects/acme-target/serviceAccounts/${email}`,
        role: "roles/iam.workloadIdentityUser",
        member: principal,
      },
    ]);
    const member = `serviceAccount:${email}`;
    expect(inputsOf(/projects\/iAMMember/)).toEqual(
      expect.arrayContaining([
        { project: "acme-target", role: "roles/compute.viewer", member },
        {
          project: "acme-target",
          role: "roles/container.developer",
          member,
          condition: { title: "until-2027", expression: roles["until-2027"].conditionExpression },
        },
      ]),
    );
    const [stateRole] = inputsOf(/iAMCustomRole/);
    expect(stateRole?.["permissions"]).toEqual([
      "storage.objects.create",
      "storage.objects.delete",
      "storage.objects.get",
      "storage.objects.list",
    ]);
    expect(inputsOf(/bucketIAMMember/)).toMatchObject([
      {
        bucket: "acme-state",
        member,
        role: made.outputs["stateRoleName"],
        condition: { title: "holdfast-state" },
      },
    ]);
    // Nothing of the project's own policy is replaced.
    expect(
      standIns.objects.map(({ token }) => token).filter((token) => /Binding|Policy/.test(token)),
    ).toEqual([]);
    expect((await stack.up(grant(args()))).changes).toEqual({});
    // Another operation changes the custom role in place, and a role that is gone takes one grant with it.
    const { steps } = await stack.up(
      grant(args({ operations: ["pulumi.cancel"], roles: { view: roles.view } })),
    );
    expect(steps.map(({ op, name }) => `${op} ${name}`).toSorted()).toEqual(
      [
        "delete deploy-role-until-2027",
        "replace deploy-state",
        "create-replacement deploy-state",
        "delete-replaced deploy-state",
        "update deploy-state-role",
      ].toSorted(),
    );
    await stack.destroy();
    expect(standIns.objects).toEqual([]);
  });

  test("without it the runner holds the roles itself, and an unknown principal is not guessed at", async () => {
    const stack = await makeStack({ environment: standIns.environment });
    const direct = (who: () => pulumi.Input<string>) =>
      grant(() => ({
        project: "acme-target",
        principal: who(),
        mode: GcpGrantMode.Direct,
        roles: { view: roles.view },
      }));
    const unknown = direct(() => {
      const { hex } = new RandomId("id", { byteLength: 4 });
      return pulumi.interpolate`serviceAccount:r-${hex}@acme-runners.iam.gserviceaccount.com`;
    });
    expect(await stack.preview(unknown)).toMatchObject({ create: 5 });
    const made = await stack.up(direct(() => principal));
    expect(made.outputs).toEqual({
      grantedPrincipal: principal,
      serviceAccountEmail: "",
      stateRoleName: "",
    });
    expect(standIns.objects.map(({ inputs }) => inputs)).toEqual([
      { project: "acme-target", role: "roles/compute.viewer", member: principal },
    ]);
    await stack.destroy();
  });
});

const anchor = (name: string): string =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(name).toString("base64")}\n-----END CERTIFICATE-----\n`;

function trust(changes: Partial<GcpX509TrustArgs> = {}): Program {
  return async () => {
    const target = new GoogleProvider("target", { project: "acme-identity" });
    const made = new GcpX509Trust(
      "runners",
      {
        poolId: "holdfast-runners",
        trustAnchorsPem: [anchor("first")],
        trustDomain: "acme.example",
        organizationId,
        runnerIds: [runner],
        ...changes,
      },
      { provider: target },
    );
    return {
      poolName: made.poolName,
      audience: made.audience,
      organizationPrincipalSet: made.organizationPrincipalSet,
      runnerPrincipals: made.runnerPrincipals,
    };
  };
}

function name(trustDomain: string, organization: string, runnerId: string): string {
  return `spiffe://${trustDomain}/organization/${organization}/runner/${runnerId}`;
}

describe("a trust in certificates", () => {
  test("makes principals of runners, and takes a next authority in place", async () => {
    const stack = await makeStack({ environment: standIns.environment });
    const made = await stack.up(trust());
    const number = projectNumberOf("acme-identity");
    const poolName = `projects/${number}/locations/global/workloadIdentityPools/holdfast-runners`;
    expect(made.outputs).toEqual({
      poolName,
      audience: `//iam.googleapis.com/${poolName}/providers/runners`,
      organizationPrincipalSet: `principalSet://iam.googleapis.com/${poolName}/attribute.organization/${organizationId}`,
      runnerPrincipals: {
        [runner]: `principal://iam.googleapis.com/${poolName}/subject/${organizationId}/runner/${runner}`,
      },
    });
    const { steps } = await stack.up(
      trust({ trustAnchorsPem: [anchor("first"), anchor("second")] }),
    );
    expect(steps.map(({ op, name }) => `${op} ${name}`)).toEqual(["update runners-provider"]);
    const [provider] = inputsOf(/WorkloadIdentityPoolProvider/);
    expect(valueAt(provider, "x509.trustStore.trustAnchors")).toHaveLength(2);
    // A certificate is no secret: it is there to be compared.
    expect(await stack.exportedState()).toContain(JSON.stringify(anchor("second")).slice(1, -1));
    await stack.destroy();
    expect(standIns.objects).toEqual([]);
  });

  const known = { trustDomain: "acme.example", organizationId, runnerIds: [runner] };
  const all = { ...known, runnerIds: undefined };

  test.each([
    ["the runner", known, name("acme.example", organizationId, runner), true],
    [
      "another runner of the organization",
      known,
      name("acme.example", organizationId, sibling),
      false,
    ],
    ["any runner, where all are trusted", all, name("acme.example", organizationId, sibling), true],
    ["a runner of another organization", all, name("acme.example", other, runner), false],
    [
      "the same ids under another trust domain",
      all,
      name("acme.example.evil.example", organizationId, runner),
      false,
    ],
    [
      "a name that only contains the right one",
      all,
      `spiffe://evil.example/${name("acme.example", organizationId, runner)}`,
      false,
    ],
    [
      "a longer name than the runner's",
      known,
      `${name("acme.example", organizationId, runner)}/x`,
      false,
    ],
    [
      "something else of the organization",
      all,
      `spiffe://acme.example/organization/${organizationId}/server/api`,
      false,
    ],
    ["no name at all", all, "", false],
  ])("%s is judged by its certificate's name", (_, trusted, uri, isTaken) => {
    const provider = {
      attributeMapping: gcpAttributeMapping,
      attributeCondition: gcpAttributeCondition(trusted),
    };
    expect(federate(provider, uri) !== undefined).toBe(isTaken);
  });

  test("the subject is the organization and the runner, and fits into 127 bytes whatever the trust domain", () => {
    const trustDomain = "a".repeat(255);
    const provider = {
      attributeMapping: gcpAttributeMapping,
      attributeCondition: gcpAttributeCondition({ ...all, trustDomain }),
    };
    const identity = federate(provider, name(trustDomain, organizationId, runner));
    expect(identity).toEqual({
      "google.subject": `${organizationId}/runner/${runner}`,
      "attribute.organization": organizationId,
      "attribute.runner": runner,
    });
    expect(identity?.["google.subject"]?.length).toBeLessThanOrEqual(127);
  });

  test("an expression of another form is refused by the evaluator of these tests", () => {
    expect(() => federate({ attributeMapping: {}, attributeCondition: "true" }, "")).toThrow(
      /no condition of ours/,
    );
    const mapping = { "google.subject": "assertion.sub" };
    const attributeCondition = gcpAttributeCondition(all);
    expect(() =>
      federate(
        { attributeMapping: mapping, attributeCondition },
        name("acme.example", organizationId, runner),
      ),
    ).toThrow(/no expression of ours/);
  });
});
