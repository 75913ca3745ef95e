import { expect, test } from "vitest";
import { makePinoLog } from "./pino-log.ts";

const key = "hf_0123456789ABCDEFGHIJKL_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ123456";

function record() {
  const lines: string[] = [];
  const log = makePinoLog({ level: "debug", name: "test", write: (line) => lines.push(line) });
  return { lines, log };
}

test("a line is one JSON object with time, level, name, message and fields", () => {
  const { lines, log } = record();
  log.with({ runnerId: "run_1" }).info("runner connected", { handshakeMs: 3 });
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({
    level: "info",
    name: "test",
    message: "runner connected",
    runnerId: "run_1",
    handshakeMs: 3,
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string,
  });
});

test("a field with the name of a secret is not written", () => {
  const { lines, log } = record();
  log.warn("odd", { apiKey: "canary-1", password: "canary-2" });
  expect(lines.join()).not.toContain("canary");
});

test("a secret that slipped into the message, an error or its cause is not written", () => {
  const { lines, log } = record();
  log.info(`using ${key}`);
  log.error("failed", {}, new Error(`outer ${key}`, { cause: new Error(`inner ${key}`) }));
  expect(lines).toHaveLength(2);
  expect(lines.join()).not.toContain(key);
  expect(lines[1]).toContain("inner [secret]");
});
