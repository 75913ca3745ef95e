import { describe, expect, test } from "vitest";
import { egressRules } from "./runner-network.ts";

describe("the ways out", () => {
  test("are one rule for each port and network, named after what they allow", () => {
    const rules = egressRules({ ports: [443, 8443], cidrBlocks: ["10.0.0.0/8", "fd00::/8"] }, [
      "pl-63a5400a",
    ]);
    expect(rules.map(({ key, port, target }) => ({ key, port, ...target }))).toEqual([
      { key: "443-10.0.0.0_8", port: 443, cidrIpv4: "10.0.0.0/8" },
      { key: "443-fd00--_8", port: 443, cidrIpv6: "fd00::/8" },
      { key: "8443-10.0.0.0_8", port: 8_443, cidrIpv4: "10.0.0.0/8" },
      { key: "8443-fd00--_8", port: 8_443, cidrIpv6: "fd00::/8" },
      { key: "443-pl-63a5400a", port: 443, prefixListId: "pl-63a5400a" },
    ]);
  });

  test("one network more leaves the names of the others alone", () => {
    const before = egressRules({ ports: [443], cidrBlocks: ["10.1.0.0/16"] }, []);
    const after = egressRules({ ports: [443], cidrBlocks: ["10.0.0.0/16", "10.1.0.0/16"] }, []);
    expect(after).toEqual(expect.arrayContaining([...before]));
  });

  test("are open in both families without a limit", () => {
    expect(egressRules(undefined, []).map(({ key, port }) => [key, port])).toEqual([
      ["any-0.0.0.0_0", undefined],
      ["any---_0", undefined],
    ]);
  });
});
