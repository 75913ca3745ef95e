import type { Reporter, TestCase, TestModule } from "vitest/node";

/**
 * Ends a run with the plain line `N passed, N failed`, names every skipped test with its reason, and
 * fails the run in CI if a test was skipped: there, everything that a test needs can be had.
 */
export class ClosingLineReporter implements Reporter {
  readonly #isCi: boolean;
  readonly #print: (line: string) => void;

  constructor(isCi: boolean, print: (line: string) => void) {
    this.#isCi = isCi;
    this.#print = print;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const inState = (state: string): readonly TestCase[] =>
      tests.filter((test) => test.result().state === state);
    const skipped = inState("skipped");
    for (const test of skipped) {
      const result = test.result();
      const note = result.state === "skipped" ? result.note : undefined;
      this.#print(`skipped: ${test.fullName}: ${note ?? "no reason given"}`);
    }
    const broken = modules.filter(
      (module) => module.state() === "failed" && !hasFailedTest(module),
    );
    const failed = inState("failed").length + broken.length + (this.#isCi ? skipped.length : 0);
    this.#print(`${inState("passed").length} passed, ${failed} failed`);
    if (failed > 0) {
      process.exitCode = 1;
    }
  }
}

/** A module that failed without a failed test could not be set up, or could not be read at all. */
function hasFailedTest(module: TestModule): boolean {
  return [...module.children.allTests()].some((test) => test.result().state === "failed");
}
