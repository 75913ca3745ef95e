import { defineConfig } from "vitest/config";
import { ClosingLineReporter } from "./test/support/closing-line-reporter.ts";

/** Four kinds, by what is real in them; docs/testing.md says what each proves. */
export default defineConfig({
  test: {
    reporters: [
      process.env["CI"] === undefined ? "default" : "dot",
      new ClosingLineReporter(process.env["CI"] !== undefined, (line) =>
        process.stdout.write(`${line}\n`),
      ),
    ],
    projects: [
      {
        test: {
          name: "unit",
          include: [
            "{foundation,protocol,control-plane,runner,components,stacks,cli,tools}/**/*.test.ts",
          ],
          exclude: ["**/node_modules/**"],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "architecture",
          include: ["test/architecture/**/*.test.ts"],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "engine",
          include: ["test/engine/**/*.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
