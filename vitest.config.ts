import { availableParallelism } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { ClosingLineReporter } from "./test/support/closing-line-reporter.ts";

/** Four kinds, by what is real in them; docs/testing.md says what each proves. */
export default defineConfig({
  test: {
    // Half of the time goes to waiting for processes: even a machine with two processors is used best by two.
    maxWorkers: Math.max(2, availableParallelism() - 1),
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
          // One kind after the other: real processes need the machine for themselves.
          sequence: { groupOrder: 0 },
          include: [
            "{foundation,protocol,control-plane,runner,components,stacks,cli,tools}/**/*.test.ts",
          ],
          exclude: ["**/node_modules/**"],
          // Modules are loaded once for a worker and not for each file, which takes half of the time: no test of this
          // kind changes what another one has imported.
          isolate: false,
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "architecture",
          sequence: { groupOrder: 1 },
          include: ["test/architecture/**/*.test.ts"],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "engine",
          sequence: { groupOrder: 2 },
          // Real processes on a busy machine: what fails twice is broken.
          retry: 1,
          globalSetup: ["test/support/provide-parts.ts"],
          include: ["test/engine/**/*.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 600_000,
        },
      },
      {
        test: {
          name: "e2e",
          sequence: { groupOrder: 3 },
          retry: 1,
          // What kubectl learns of our clusters stays out of the user's home.
          env: { KUBECACHEDIR: join(import.meta.dirname, "node_modules", ".cache", "kubectl") },
          globalSetup: ["test/support/provide-parts.ts"],
          include: ["test/e2e/**/*.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
