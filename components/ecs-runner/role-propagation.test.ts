import { describe, expect, test } from "vitest";
import { pauseBeforeRetryMs } from "./role-propagation.ts";

const unable =
  "InvalidParameterException: Unable to assume the service linked role. Please verify that the ECS service linked role exists.";

describe("a role that is not known everywhere yet", () => {
  test.each([
    unable,
    "ECS was unable to assume the role 'arn:aws:iam::123456789012:role/r' that was provided for this task.",
    "ClientException: Role is not valid",
    "InvalidParameterException: Please verify that the ECS service role being passed has the proper permissions.",
  ])("is tried again: %s", (message) => {
    expect(pauseBeforeRetryMs([message])).toBe(1_000);
  });

  test.each(["AccessDeniedException: not authorized", "ClusterNotFoundException", ""])(
    "is not what this is: %s",
    (message) => {
      expect(pauseBeforeRetryMs([message, unable])).toBeUndefined();
    },
  );

  test("pauses double, six times, and then it is another fault", () => {
    const pauses = [1, 2, 3, 4, 5, 6, 7].map((tries) =>
      pauseBeforeRetryMs(Array.from({ length: tries }, () => unable)),
    );
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, undefined]);
  });
});
