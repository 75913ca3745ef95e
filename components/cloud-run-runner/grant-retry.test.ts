import { expect, test } from "vitest";
import { retryDelayMs } from "./grant-retry.ts";

/** As Cloud Run says it, in the words of the provider. */
const refusal =
  "error waiting to create WorkerPool: Error code 7, message: spec.template.spec.containers[0].env[0].value_from.secret_key_ref.name: Permission denied on secret: projects/1/secrets/s/versions/1 for Revision service account a@b.iam.gserviceaccount.com. The service account used must be granted the 'Secret Manager Secret Accessor' role (roles/secretmanager.secretAccessor) at the secret, project or higher level.";

test("a grant that does not hold yet is waited for, longer each time, and given up after 7 minutes at most", () => {
  const delays: number[] = [];
  const errors = [refusal];
  for (let delay = retryDelayMs(errors); delay !== undefined; delay = retryDelayMs(errors)) {
    delays.push(delay);
    errors.push(refusal);
  }
  expect(delays).toEqual(delays.toSorted((a, b) => a - b));
  const total = delays.reduce((sum, delay) => sum + delay, 0);
  expect(total).toBeGreaterThan(300_000);
  expect(total).toBeLessThanOrEqual(420_000);
});

test.each([
  "Error code 5, message: Image not found",
  "Error 403: Permission 'run.workerpools.create' denied on resource",
  "Secret projects/1/secrets/s/versions/1 was not found",
])("nothing else is tried again: %s", (message) => {
  expect(retryDelayMs([message])).toBeUndefined();
});

test("only the newest error counts", () => {
  expect(retryDelayMs(["Image not found", refusal])).toBeUndefined();
  expect(retryDelayMs([refusal, "Image not found"])).toBe(2_000);
});

test("nothing failed, nothing to wait for", () => {
  expect(retryDelayMs([])).toBeUndefined();
});
