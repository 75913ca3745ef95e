import { expect, test } from "vitest";
import { KubernetesTargetAccess } from "./kubernetes-target-access.ts";

test("arguments that are wrong are all named, before anything is made", () => {
  const make = (): unknown =>
    new KubernetesTargetAccess("East", {
      operations: ["kubernetes.secrets.list"],
      namespaces: ["Team"],
      group: "system:masters",
      tags: { "my team": "a" },
    });
  for (const property of ["name", "operations", "namespaces\\[0\\]", "group", "tags.my team"]) {
    expect(make).toThrow(new RegExp(`^ *${property} must be`, "m"));
  }
});
