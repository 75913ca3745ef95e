import { expect, test } from "vitest";
import { networkSecurityRules } from "./network-security-rules.ts";

const subnet = "10.1.0.0/27";
const egress = { ports: [443, 8_443], cidrBlocks: ["10.9.0.0/16", "192.0.2.0/24"] };

test("nothing comes into the subnet but what the platform itself needs", () => {
  const inbound = networkSecurityRules(egress, subnet).filter(
    ({ direction }) => direction === "Inbound",
  );
  expect(
    inbound.map(({ access, sourceAddressPrefix, destinationAddressPrefix: to }) => [
      access,
      sourceAddressPrefix,
      to,
    ]),
  ).toEqual([
    ["Allow", subnet, subnet],
    ["Allow", "AzureLoadBalancer", subnet],
    ["Deny", "*", "*"],
  ]);
});

test("out of the subnet goes what the runner may connect to, what the platform needs, and nothing else", () => {
  const outbound = networkSecurityRules(egress, subnet).filter(
    ({ direction }) => direction === "Outbound",
  );
  expect(outbound.map(({ name }) => name)).toEqual([
    "allow-subnet-outbound",
    "allow-name-server",
    "allow-MicrosoftContainerRegistry",
    "allow-AzureFrontDoor-FirstParty",
    "allow-AzureActiveDirectory",
    "allow-AzureKeyVault",
    "allow-AzureMonitor",
    "allow-runner",
    "deny-outbound",
  ]);
  expect(outbound.find(({ name }) => name === "allow-runner")).toEqual({
    name: "allow-runner",
    priority: 300,
    direction: "Outbound",
    access: "Allow",
    protocol: "Tcp",
    sourceAddressPrefix: subnet,
    sourcePortRange: "*",
    destinationAddressPrefixes: ["10.9.0.0/16", "192.0.2.0/24"],
    destinationPortRanges: ["443", "8443"],
  });
  expect(outbound.at(-1)).toMatchObject({ access: "Deny", priority: 4_096, protocol: "*" });
});

test("networks of both families are in rules of their own, and no two rules of a direction are equal in rank", () => {
  const rules = networkSecurityRules({ ports: [443], cidrBlocks: ["0.0.0.0/0", "::/0"] }, subnet);
  expect(
    rules
      .filter(({ name }) => name.startsWith("allow-runner"))
      .map(({ destinationAddressPrefixes, destinationPortRange }) => [
        destinationAddressPrefixes,
        destinationPortRange,
      ]),
  ).toEqual([
    [["0.0.0.0/0"], "443"],
    [["::/0"], "443"],
  ]);
  const ranks = rules.map(({ direction, priority }) => `${direction} ${priority}`);
  expect(new Set(ranks).size).toBe(rules.length);
});

test("without a bound on egress nothing is said about what goes out", () => {
  const rules = networkSecurityRules(undefined, subnet);
  expect(rules.filter(({ direction }) => direction === "Outbound")).toEqual([]);
});
