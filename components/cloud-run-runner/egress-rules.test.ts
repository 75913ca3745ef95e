import { expect, test } from "vitest";
import { egressRules } from "./egress-rules.ts";

test("what is not allowed is denied, by a rule that every allowing one wins over", () => {
  const rules = egressRules({ ports: [443, 8443], cidrBlocks: ["10.0.0.0/8", "192.0.2.0/24"] });
  expect(rules).toEqual([
    {
      role: "egress-allow",
      ports: ["443", "8443"],
      destinationRanges: ["10.0.0.0/8", "192.0.2.0/24"],
      priorityOffset: 0,
    },
    {
      role: "egress-deny",
      ports: undefined,
      destinationRanges: ["0.0.0.0/0"],
      priorityOffset: 1,
    },
    { role: "egress-deny-ipv6", ports: undefined, destinationRanges: ["::/0"], priorityOffset: 1 },
  ]);
});

test("IPv4 and IPv6 never share a rule, and IPv6 is denied even if none of it is allowed", () => {
  const rules = egressRules({ ports: [443], cidrBlocks: ["2001:db8::/32"] });
  expect(rules.map(({ role, destinationRanges }) => [role, destinationRanges])).toEqual([
    ["egress-deny", ["0.0.0.0/0"]],
    ["egress-allow-ipv6", ["2001:db8::/32"]],
    ["egress-deny-ipv6", ["::/0"]],
  ]);
});

test("egress that is not to be narrowed makes no rules", () => {
  expect(egressRules(undefined)).toEqual([]);
});
