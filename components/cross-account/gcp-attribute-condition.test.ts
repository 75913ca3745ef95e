import { expect, test } from "vitest";
import { gcpAttributeCondition, gcpSubject } from "./gcp-attribute-condition.ts";

const organizationId = "org_0123456789ABCDEFGHIJKL";
const runnerId = "run_0123456789ABCDEFGHIJKL";
const trusted = { trustDomain: "acme.example", organizationId };

test("runners that are known are compared by their whole names", () => {
  expect(gcpAttributeCondition({ ...trusted, runnerIds: [runnerId, "run_b"] })).toBe(
    `assertion.san.uri in ['spiffe://acme.example/organization/${organizationId}/runner/${runnerId}', 'spiffe://acme.example/organization/${organizationId}/runner/run_b']`,
  );
});

test("every runner of an organization is taken by the name up to its id", () => {
  expect(gcpAttributeCondition({ ...trusted, runnerIds: undefined })).toBe(
    `assertion.san.uri.startsWith('spiffe://acme.example/organization/${organizationId}/runner/run_')`,
  );
});

test("the subject has both ids", () => {
  expect(gcpSubject(organizationId, runnerId)).toBe(`${organizationId}/runner/${runnerId}`);
});
