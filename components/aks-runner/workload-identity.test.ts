import { expect, test } from "vitest";
import { aksWorkloadIdentity } from "./workload-identity.ts";

test("the webhook finds the client id on the service account, and the label on the pods", () => {
  expect(aksWorkloadIdentity("client", [])).toEqual({
    serviceAccountAnnotations: { "azure.workload.identity/client-id": "client" },
    podLabels: { "azure.workload.identity/use": "true" },
    startAfter: [],
  });
});
