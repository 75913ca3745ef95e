import { describe, expect, test } from "vitest";
import { taskFamily } from "./runner-service.ts";

describe("the family of task definitions", () => {
  test("is named after project, stack and component", () => {
    expect(taskFamily("holdfast", "production", "runner")).toBe("holdfast-production-runner");
  });

  test("has only what ECS takes, and no more of it", () => {
    expect(taskFamily("my.project", "a/b", "é")).toBe("my-project-a-b--");
    expect(taskFamily("p", "s", "n".repeat(300))).toHaveLength(255);
  });
});
