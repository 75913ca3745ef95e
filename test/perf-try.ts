import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { TestInstallation } from "/work/main/test/support/e2e-harness.ts";
const i = await TestInstallation.open();
const rss = (pid: number) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
try {
  await i.makeOrganization("acme"); await i.makeRunner("acme", "r");
  const c = await i.generate("acme", "r"); const path = await i.writeCredentials(c, "r");
  for (const [name, main] of [["source", "/work/main/runner/main.ts"], ["bundle", process.argv[2]]] as const) {
    for (let n = 0; n < 4; n++) {
      const t = performance.now();
      const child = spawn(process.execPath, [main!, "start"], { env: { PATH: "/usr/bin", HOLDFAST_CREDENTIALS_FILE: path, HOLDFAST_STATE_DIR: `${i.directory}/s${name}${n}` }, stdio: ["ignore", "pipe", "inherit"] });
      await new Promise<void>((r) => child.stdout.on("data", (d) => String(d).includes("runner connected") && r()));
      const ms = performance.now() - t;
      await new Promise((r) => setTimeout(r, 6000));
      console.log(name, ms.toFixed(0), "ms", rss(child.pid!).toFixed(1), "MB");
      child.kill(); await new Promise((r) => child.on("exit", r));
    }
  }
} finally { await i.close(); }
process.exit();
