import { expect, test } from "vitest";
import { TestInstallation } from "../support/e2e-harness.ts";

test("smoke", async () => {
  const t0 = performance.now();
  const installation = await TestInstallation.open();
  console.log("cp", performance.now() - t0);
  try {
    const acme = await installation.settle("acme");
    console.log("runner", performance.now() - t0);
    const who = await installation.administrator.describe("acme", acme.runnerId);
    console.log(who, performance.now() - t0);
    expect(who.credentialsGeneration).toBe(1);
    console.log(acme.process.log);
    await acme.process.stop();
    console.log(await acme.process.ended, acme.process.errors);
    console.log(await installation.controlPlane.stop(), installation.controlPlane.errors);
  } finally {
    await installation.close();
  }
});
