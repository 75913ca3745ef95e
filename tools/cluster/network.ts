import { existsSync } from "node:fs";
import { run } from "../parts/run.ts";
import type { Slot } from "./slots.ts";

const advice =
  "read the lines above; the cluster needs to make a network device, which a container may forbid.";

/** Whether neither the slot's device nor one of its addresses is in use by somebody else. */
export async function isAddressFree(slot: Slot): Promise<boolean> {
  if (existsSync(`/sys/class/net/${slot.interfaceName}`)) {
    return false;
  }
  const { stdout } = await run("ip", ["-j", "route", "show", "table", "all"], { advice });
  const routes = JSON.parse(stdout) as readonly { readonly dst?: string }[];
  const prefixes = [slot.nodeAddress, slot.podNetwork, slot.serviceNetwork].map(
    (address) => `${address.split(".").slice(0, 3).join(".")}.`,
  );
  return !routes.some(({ dst }) => prefixes.some((prefix) => dst?.startsWith(prefix) === true));
}

/**
 * Joins the machine and the cluster's network namespace: one device at either end, and the machine's routes to pods
 * and services through the node. The namespace gets no default route: pods reach each other and this machine, and
 * nothing else.
 */
export async function connectNamespace(slot: Slot, namespacePid: number): Promise<void> {
  const { interfaceName: device, hostAddress, nodeAddress } = slot;
  const inside = ["nsenter", `--target=${namespacePid}`, "--net", "ip"];
  const steps: readonly (readonly string[])[] = [
    [
      "ip",
      "link",
      "add",
      device,
      "type",
      "veth",
      "peer",
      "name",
      "eth0",
      "netns",
      `${namespacePid}`,
    ],
    ["ip", "address", "add", `${hostAddress}/30`, "dev", device],
    ["ip", "link", "set", device, "up"],
    [...inside, "address", "add", `${nodeAddress}/30`, "dev", "eth0"],
    [...inside, "link", "set", "eth0", "up"],
    ["ip", "route", "add", slot.podNetwork, "via", nodeAddress, "dev", device],
    ["ip", "route", "add", slot.serviceNetwork, "via", nodeAddress, "dev", device],
  ];
  for (const [program = "", ...args] of steps) {
    await run(program, args, { advice });
  }
}

/** Removes the device, and with it the other end and the routes. Nothing to do if it is gone already. */
export async function removeInterface(device: string): Promise<void> {
  if (existsSync(`/sys/class/net/${device}`)) {
    // The kernel removes it by itself when the namespace is gone, perhaps in this very moment.
    await run("ip", ["link", "delete", device], { advice }).catch(() => undefined);
  }
}
