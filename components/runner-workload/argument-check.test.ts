import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { refusalOf } from "../../test/support/argument-problems.ts";
import { ArgumentCheck } from "./argument-check.ts";

const positive = (value: number): string | undefined =>
  value > 0 ? undefined : "must be greater than 0";

async function resolved<T>(input: pulumi.Input<T>): Promise<unknown> {
  const output = pulumi.output(input);
  return await new Promise((resolve) => {
    output.apply(resolve);
  });
}

describe("what is known", () => {
  test("all problems are in one error, each with its property, what was given and what is allowed", () => {
    const check = new ArgumentCheck("EcsRunner production");
    void check.check("replicas", 0, positive);
    void check.check("cpuMillicores", -1, positive);
    check.report("subnetIds", "must name two subnets");
    const error = refusalOf(() => check.finish());
    expect(error?.errors).toEqual([
      { propertyPath: "replicas", reason: "must be greater than 0; given: 0" },
      { propertyPath: "cpuMillicores", reason: "must be greater than 0; given: -1" },
      { propertyPath: "subnetIds", reason: "must name two subnets" },
    ]);
    expect(error?.message).toBe(
      "EcsRunner production: 3 arguments are wrong, and nothing was changed.\n" +
        "  replicas must be greater than 0; given: 0\n" +
        "  cpuMillicores must be greater than 0; given: -1\n" +
        "  subnetIds must name two subnets",
    );
  });

  test("what is right passes as it was given", () => {
    const check = new ArgumentCheck("EcsRunner production");
    expect(check.check("replicas", 1, positive)).toBe(1);
    expect(refusalOf(() => check.finish())).toBeUndefined();
  });

  test("a secret is never repeated, and stays a secret", async () => {
    const check = new ArgumentCheck("EcsRunner production");
    const refused = check.checkSecret("credentials", "canary-1", () => "must be JSON");
    const passed = check.checkSecret("credentials", "canary-2", () => undefined);
    expect(refusalOf(() => check.finish())?.message).not.toContain("canary");
    expect(await pulumi.isSecret(refused)).toBe(true);
    expect(await pulumi.isSecret(passed)).toBe(true);
  });
});

describe("what is an output", () => {
  test("is checked when it is known, before anything that depends on it is made", async () => {
    const check = new ArgumentCheck("EcsRunner production");
    const right = check.check("replicas", pulumi.output(2), positive);
    check.finish();
    expect(await resolved(right)).toBe(2);
    const wrong = check.check("replicas", pulumi.output(0), positive);
    // Each promise inside of an output fails by itself.
    const { isKnown, isSecret } = wrong as unknown as Record<string, Promise<boolean>>;
    const output = wrong as unknown as { promise(): Promise<number> };
    const ends = await Promise.allSettled([output.promise(), isKnown, isSecret]);
    for (const end of ends) {
      expect(end.status === "rejected" ? String(end.reason) : "known").toContain(
        "replicas must be greater than 0; given: 0",
      );
    }
  });

  test("is refused where the program must know it", () => {
    const check = new ArgumentCheck("EcsRunner production");
    check.checkPlain("unsafeMutableImage", pulumi.output(true) as never);
    check.checkPlain("other", Promise.resolve(true) as never);
    check.checkPlain("fine", true);
    expect(refusalOf(() => check.finish())?.errors).toEqual([
      {
        propertyPath: "unsafeMutableImage",
        reason: "must be known when the program runs, and not be an output",
      },
      {
        propertyPath: "other",
        reason: "must be known when the program runs, and not be an output",
      },
    ]);
  });
});
