import { type Log, silentLog } from "@holdfast/foundation/log.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import { expect, test, vi } from "vitest";
import { TestClock } from "../../test/support/test-clock.ts";
import { watchServerCertificate } from "./watch-server-certificate.ts";

const certificate = { chainPem: "chain", privateKeyPem: new Secret("key") };

test("a certificate that is due is presented; a failure is logged and tried again; the end is waited for", async () => {
  const clock = new TestClock();
  const stop = new AbortController();
  const answers = [undefined, new Error("disk is full"), certificate];
  const presented: unknown[] = [];
  const errors: unknown[] = [];
  const log: Log = { ...silentLog, error: (message) => errors.push(message) };
  const watching = watchServerCertificate(
    {
      renewServer: async () => {
        const answer = answers.shift();
        if (answer instanceof Error) {
          throw answer;
        }
        return await Promise.resolve(answer);
      },
      present: (each) => presented.push(each),
      clock,
      log,
    },
    stop.signal,
  );
  for (const left of [2, 1, 0]) {
    await vi.waitFor(() => expect(clock.waiting).toBe(1));
    await clock.advance(6 * 3_600_000);
    await vi.waitFor(() => expect(answers).toHaveLength(left));
  }
  await vi.waitFor(() => expect(presented).toEqual([certificate]));
  expect(errors).toEqual(["server certificate not renewed"]);
  stop.abort();
  await watching;
});
