import fc from "fast-check";
import { expect, test } from "vitest";
import { AddressRate, networkOf } from "./address-rate.ts";

const limits = { burst: 3, perSecond: 1, addressesMax: 2 };

test("an address may come as often as the burst allows, and then at the lasting rate", () => {
  const rate = new AddressRate(limits);
  const taken = [0, 0, 0, 0, 1_000, 1_500, 2_000].map((atMs) => rate.take("192.0.2.1", atMs));
  expect(taken).toEqual([true, true, true, false, true, false, true]);
});

test("one address does not use up what another may", () => {
  const rate = new AddressRate(limits);
  for (let times = 0; times < 10; times += 1) {
    rate.take("192.0.2.1", 0);
  }
  expect(rate.take("192.0.2.2", 0)).toBe(true);
});

test("however many addresses come, no more than the bound are remembered", () => {
  const rate = new AddressRate(limits);
  for (let host = 0; host < 100; host += 1) {
    rate.take(`192.0.2.${host}`, host);
  }
  expect(rate.size).toBe(2);
});

test("an address never gets more than the burst and what the time since then adds", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 500 }), { maxLength: 100 }), (pausesMs) => {
      const rate = new AddressRate({ burst: 5, perSecond: 10, addressesMax: 1 });
      let nowMs = 0;
      let taken = 0;
      for (const pauseMs of pausesMs) {
        nowMs += pauseMs;
        taken += rate.take("192.0.2.1", nowMs) ? 1 : 0;
      }
      expect(taken).toBeLessThanOrEqual(5 + nowMs / 100);
    }),
  );
});

test("addresses that belong to one host count as one", () => {
  expect(networkOf("::ffff:192.0.2.1")).toBe("192.0.2.1");
  expect(networkOf("192.0.2.1")).toBe("192.0.2.1");
  expect(networkOf("2001:db8:1:2:3:4:5:6")).toBe("2001:db8:1:2");
  expect(networkOf("2001:db8:1:2::9")).toBe("2001:db8:1:2");
  expect(networkOf("2001:db8::1")).toBe(networkOf("2001:db8::2"));
  expect(networkOf("fe80::1%eth0")).toBe("fe80:0:0:0");
  expect(networkOf("::1")).toBe("0:0:0:0");
});
