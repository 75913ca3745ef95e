import { describe, expect, test } from "vitest";
import { runPlan, type VerifyWorld } from "./run-plan.ts";
import type { VerifyPlan, VerifyStep } from "./verify-plan.ts";

const step = (title: string, more: Partial<VerifyStep> = {}): VerifyStep => ({
  title,
  command: ["true"],
  ...more,
});
const plan: VerifyPlan = {
  stack: "verify-aws-0a1b",
  environment: { AWS_PROFILE: "sandbox" },
  prepare: [step("preview")],
  verify: [
    step("up"),
    step("describe", { tellsGeneration: true }),
    step("rotate"),
    step("describe again", { tellsGeneration: true }),
  ],
  cleanUp: [step("destroy"), step("forget")],
};
const options = { accountId: "123456789012", keepOnFailure: false };

/** Answers questions in order, and fails the steps that are named. */
function world(answers: readonly string[], failing: readonly string[] = [], generations = [1, 2]) {
  const [questions, told] = [[...answers], [...generations]];
  const ran: string[] = [];
  const made: VerifyWorld = {
    run: async ({ title, tellsGeneration }) => {
      ran.push(title);
      if (failing.includes(title)) {
        throw new Error(`${title} failed`);
      }
      const output = tellsGeneration === true ? `{"credentialsGeneration":${told.shift()}}` : "";
      return await Promise.resolve(output);
    },
    ask: async () => await Promise.resolve(questions.shift() ?? ""),
    say: () => undefined,
  };
  return { made, ran };
}

const yes = ["123456789012", "yes"];

describe("a verification on a real account", () => {
  test("runs everything in order and destroys it", async () => {
    const { made, ran } = world(yes);
    await runPlan(plan, made, options);
    expect(ran).toEqual([
      "preview",
      "up",
      "describe",
      "rotate",
      "describe again",
      "destroy",
      "forget",
    ]);
  });

  test.each([
    ["", "yes"],
    ["210987654321", "yes"],
    ["yes", "yes"],
  ])("does nothing at all unless the account's number is typed (%s)", async (...answers) => {
    const { made, ran } = world(answers);
    await expect(runPlan(plan, made, options)).rejects.toThrow("Nothing was made");
    expect(ran).toEqual([]);
  });

  test("makes nothing unless the person says yes to what would be made", async () => {
    const { made, ran } = world(["123456789012", "y"]);
    await expect(runPlan(plan, made, options)).rejects.toThrow("Nothing was made");
    expect(ran).toEqual(["preview", "destroy", "forget"]);
  });

  test("forgets the stack when it cannot even be shown what would be made", async () => {
    const { made, ran } = world(yes, ["preview"]);
    await expect(runPlan(plan, made, options)).rejects.toThrow("preview failed");
    expect(ran).toEqual(["preview", "destroy", "forget"]);
  });

  test.each(["up", "describe", "rotate", "describe again"])(
    "destroys everything when the step %s fails",
    async (failing) => {
      const { made, ran } = world(yes, [failing]);
      await expect(runPlan(plan, made, options)).rejects.toThrow("everything was destroyed");
      expect(ran.slice(-3)).toEqual([failing, "destroy", "forget"]);
    },
  );

  test("fails when the runner still has the credentials that were to be replaced", async () => {
    const { made, ran } = world(yes, [], [1, 1]);
    await expect(runPlan(plan, made, options)).rejects.toThrow("generation 1, and had 1 before");
    expect(ran.slice(-2)).toEqual(["destroy", "forget"]);
  });

  test("leaves everything standing on failure when asked, and says how to destroy it", async () => {
    const { made, ran } = world(yes, ["describe"]);
    const kept = runPlan(plan, made, { ...options, keepOnFailure: true });
    await expect(kept).rejects.toThrow("pulumi destroy --stack verify-aws-0a1b");
    expect(ran).not.toContain("destroy");
  });

  test("says what is still there when it cannot be destroyed", async () => {
    const { made } = world(yes, ["destroy"]);
    await expect(runPlan(plan, made, options)).rejects.toThrow("it costs money until you do");
  });
});
