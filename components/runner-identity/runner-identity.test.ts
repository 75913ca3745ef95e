import * as pulumi from "@pulumi/pulumi";
import { beforeAll, expect, test } from "vitest";
import { RunnerIdentity } from "./runner-identity.ts";

const args = { organization: "acme", runner: "edge", epoch: "1" };

beforeAll(async () => {
  await pulumi.runtime.setMocks({
    newResource: ({ name }) => ({ id: name, state: { credentialsFile: "file" } }),
    call: () => ({}),
  });
});

test("everything that is wrong is told at once", () => {
  const wrong = {
    organization: "",
    runner: "",
    epoch: "",
    lifetimeSeconds: 299,
    overlapSeconds: -1,
  };
  expect(() => new RunnerIdentity("edge", wrong)).toThrow(
    [
      "RunnerIdentity edge: 5 arguments are wrong, and nothing was changed.",
      '  organization must be a text that is not empty; given: ""',
      '  runner must be a text that is not empty; given: ""',
      '  epoch must be a text that is not empty; given: ""',
      "  lifetimeSeconds must be a whole number from 300 to 31536000, or 0; given: 299",
      "  overlapSeconds must be a whole number from 0 to 86400; given: -1",
    ].join("\n"),
  );
});

test.each([
  { lifetimeSeconds: 0, overlapSeconds: 0 },
  { lifetimeSeconds: 300, overlapSeconds: 86_400 },
  { lifetimeSeconds: 31_536_000 },
])("what is at a bound is allowed: %o", (bound) => {
  expect(() => new RunnerIdentity("edge", { ...args, ...bound })).not.toThrow();
});

test.each([{ lifetimeSeconds: 31_536_001 }, { overlapSeconds: 86_401 }, { overlapSeconds: 0.5 }])(
  "what is beyond a bound is refused: %o",
  (bound) => {
    expect(() => new RunnerIdentity("edge", { ...args, ...bound })).toThrow();
  },
);
