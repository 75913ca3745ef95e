import { expect, test } from "vitest";
import { kindOf } from "./provider.ts";
import { makeReference } from "./reference.ts";

const kind = (name: string) => kindOf(`holdfast:index:${name}`);
const nothing = { inputs: {}, outputs: {} };

test("an import id names the organization and the object", () => {
  expect(makeReference(kind("Runner"), { id: "acme/prod", ...nothing })).toMatchObject({
    organization: "acme",
    name: "prod",
  });
  expect(makeReference(kind("Organization"), { id: "acme", ...nothing })).toMatchObject({
    name: "acme",
  });
});

test("a resource of the state is found by its id in the organization that its inputs name", () => {
  const known = { id: "run_1", inputs: { organization: "acme" }, outputs: {} };
  expect(makeReference(kind("Runner"), known)).toMatchObject({
    organization: "acme",
    name: "run_1",
  });
});

test.each(["prod", "a/b/c", "/prod", "acme/", ""])("the import id %j is refused", (id) => {
  expect(() => makeReference(kind("Runner"), { id, ...nothing })).toThrow("import id");
});

test.each(["ApiKey", "RunnerCredentials"])(
  "%s cannot be imported: its secret is returned once",
  (name) => {
    expect(() => makeReference(kind(name), { id: "acme/x", ...nothing })).toThrow(
      "cannot be imported",
    );
  },
);
