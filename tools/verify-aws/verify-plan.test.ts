import { describe, expect, test } from "vitest";
import type { VerifyArguments } from "./verify-arguments.ts";
import { describePlan, generationIn, howToDestroy, verifyPlan } from "./verify-plan.ts";

const given: VerifyArguments = {
  profile: "sandbox",
  region: "eu-west-1",
  accountId: "123456789012",
  clusterArn: "arn:aws:ecs:eu-west-1:123456789012:cluster/sandbox",
  vpcId: "vpc-0a1b",
  subnetIds: ["subnet-0a", "subnet-0b"],
  image: `registry.example/runner@sha256:${"a".repeat(64)}`,
  targetRoleArns: ["arn:aws:iam::210987654321:role/target"],
  endpoint: "holdfast.example.com:8444",
  caCertificateFile: "/ca.pem",
  apiKeyFile: "/keys/me",
  organization: "acme",
  keepOnFailure: false,
};
const place = { root: "/repository", folder: "/repository/.holdfast/verify-aws/0a1b", id: "0a1b" };
const plan = verifyPlan(given, place);

describe("the plan of verify:aws", () => {
  test("makes nothing before it has shown what it would make", () => {
    const makes = [...plan.prepare, ...plan.verify, ...plan.cleanUp].filter(
      ({ command }) => command.includes("up") || command.includes("destroy"),
    );
    expect(plan.prepare.at(-1)?.command).toContain("preview");
    expect(plan.prepare.filter((step) => makes.includes(step))).toEqual([]);
  });

  test("uses a stack, a state and a runner of its own, and only the profile that was named", () => {
    const commands = [...plan.prepare, ...plan.verify, ...plan.cleanUp].map(
      ({ command }) => command,
    );
    const pulumi = commands.filter(([program]) => program === "pulumi");
    expect(pulumi.every((command) => command.includes("verify-aws-0a1b"))).toBe(true);
    expect(plan.environment).toMatchObject({
      AWS_PROFILE: "sandbox",
      AWS_ACCESS_KEY_ID: "",
      PULUMI_BACKEND_URL: "file:///repository/.holdfast/verify-aws/0a1b/state",
    });
    expect(commands.flat()).toEqual(
      expect.arrayContaining([
        "holdfast:runner=verify-aws-0a1b",
        "holdfast:subnetIds[1]=subnet-0b",
        "holdfast:targetRoleArns[0]=arn:aws:iam::210987654321:role/target",
        "holdfast:recoveryWindowDays=0",
        "holdfast:keepLogs=false",
      ]),
    );
  });

  test("rotates between two questions, and destroys at the end", () => {
    const asks = plan.verify.flatMap(({ tellsGeneration }, index) =>
      tellsGeneration === true ? [index] : [],
    );
    const rotates = plan.verify.findIndex(({ command }) => command.includes("holdfast:epoch"));
    expect(asks).toHaveLength(2);
    expect(asks[0]).toBeLessThan(rotates);
    expect(rotates).toBeLessThan(asks[1] ?? 0);
    expect(plan.cleanUp[0]?.command).toContain("destroy");
  });

  test("is told to the person: where, what, what it costs, and how to end it by hand", () => {
    const text = describePlan(given, plan, place.folder);
    for (const part of ["123456789012", "eu-west-1", "sandbox", "a few cents", place.folder]) {
      expect(text).toContain(part);
    }
    expect(text).toContain(howToDestroy(plan));
    expect(howToDestroy(plan)).toContain("pulumi destroy --stack verify-aws-0a1b");
    expect(howToDestroy(plan)).not.toContain("AWS_ACCESS_KEY_ID");
  });

  test("the generation is read from what runner.describe prints", () => {
    expect(generationIn('{"version":"1","credentialsGeneration":12}')).toBe(12);
    expect(generationIn("{}")).toBeUndefined();
  });
});
