import { expect, test } from "vitest";
import { makeCallLimits } from "./call-limits.ts";

const refusal = async (work: Promise<void>): Promise<unknown> =>
  await work.then(
    () => "ok",
    (error: unknown) => error,
  );

test("a caller may call a method as often as its limit, and is then told how long to wait", async () => {
  const limits = makeCallLimits();
  for (let times = 0; times < 3; times += 1) {
    expect(await refusal(limits.countCall("sa_1", "/a", 3))).toBe("ok");
  }
  const failure = (await refusal(limits.countCall("sa_1", "/a", 3))) as { retryAfterMs: number };
  expect(failure).toMatchObject({ code: "request.rate_limited" });
  expect(failure.retryAfterMs).toBeGreaterThan(0);
  expect(failure.retryAfterMs).toBeLessThanOrEqual(60_000);
});

test("another caller and another method are counted apart, however their names are put together", async () => {
  const limits = makeCallLimits();
  await limits.countCall("sa_1", "/a", 1);
  for (const [caller, path] of [
    ["sa_2", "/a"],
    ["sa_1", "/b"],
    ["sa_1/", "a"],
    ["sa_", "1/a"],
  ] as const) {
    expect(await refusal(limits.countCall(caller, path, 1))).toBe("ok");
  }
  expect(await refusal(limits.countCall("sa_1", "/a", 1))).toMatchObject({
    code: "request.rate_limited",
  });
});

test("a caller cannot fill the audit with its denials", async () => {
  const limits = makeCallLimits();
  const audited = [];
  for (let times = 0; times < 62; times += 1) {
    audited.push(await limits.countDenial("sa_1"));
  }
  expect(audited.filter(Boolean)).toHaveLength(60);
  expect(audited.slice(60)).toEqual([false, false]);
  expect(await limits.countDenial("sa_2")).toBe(true);
});

test("ten failed authentications with one key id close it for a while, from every address", async () => {
  const limits = makeCallLimits();
  for (let times = 0; times < 10; times += 1) {
    expect(await refusal(limits.refuseThrottled("key_1", "192.0.2.1"))).toBe("ok");
    await limits.countFailure("key_1", `192.0.2.${times}`);
  }
  expect(await refusal(limits.refuseThrottled("key_1", "198.51.100.1"))).toMatchObject({
    code: "identity.throttled",
  });
  expect(await refusal(limits.refuseThrottled("key_2", "192.0.2.1"))).toBe("ok");
});

test("a hundred failed authentications from one address close it for a while, for every key", async () => {
  const limits = makeCallLimits();
  for (let times = 0; times < 100; times += 1) {
    await limits.countFailure(`key_${times}`, "192.0.2.1");
  }
  const failure = (await refusal(limits.refuseThrottled("key_new", "192.0.2.1"))) as {
    retryAfterMs: number;
  };
  expect(failure).toMatchObject({ code: "identity.throttled" });
  expect(failure.retryAfterMs).toBeGreaterThan(0);
  expect(await refusal(limits.refuseThrottled("key_new", "192.0.2.2"))).toBe("ok");
});
