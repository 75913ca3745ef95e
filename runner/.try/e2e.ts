import { TestInstallation } from "../../test/support/e2e-harness.ts";
const i = await TestInstallation.open();
try {
  const s = await i.settle("acme");
  for (let n = 0; n < 4; n++) {
    try { console.log(await i.administrator.describe("acme", "acme-runner")); } catch (e) { console.log(String(e)); }
    await new Promise((r) => setTimeout(r, 3000));
  }
  console.log(s.process.output, s.process.errors); console.log(i.controlPlane.output.slice(-3000));
  const t = performance.now(); console.log(await s.process.stop(), performance.now() - t); console.log(s.process.output.slice(-600));
} finally { await i.close(); }
process.exit();
