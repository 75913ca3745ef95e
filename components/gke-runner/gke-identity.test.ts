import { expect, test } from "vitest";
import { gkePrincipal } from "./gke-identity.ts";

test("the principal has the project's number and its id, each in its place", () => {
  expect(
    gkePrincipal({
      project: "acme-clusters",
      projectNumber: "123456789012",
      namespace: "runners",
      serviceAccountName: "production",
    }),
  ).toBe(
    "principal://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/acme-clusters.svc.id.goog/subject/ns/runners/sa/production",
  );
});
