import fc from "fast-check";
import { expect, test } from "vitest";
import { FakeTunnels } from "../../../test/support/fake-tunnels.ts";
import { chooseTunnel } from "./choose-tunnel.ts";

const need = { organizationId: "org_1", kind: "runner.describe" };
const bound = {
  max: 2,
  runnerMax: Number.POSITIVE_INFINITY,
  loadOf: ({ operationsRunning }: { readonly operationsRunning: number }) => operationsRunning,
};

function open(differences: { organizationId?: string; kinds?: readonly string[] } = {}) {
  return new FakeTunnels().open({
    organizationId: differences.organizationId ?? "org_1",
    runnerId: "run_1",
    operationKinds: new Set(differences.kinds ?? ["runner.describe"]),
  });
}

test("the tunnel with the fewest operations takes the next one, whatever the loads are", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(3), { minLength: 1, maxLength: 8 }), (loads) => {
      const tunnels = loads.map((load) => Object.assign(open(), { operationsRunning: load }));
      const choice = chooseTunnel(tunnels, need, bound);
      const least = Math.min(...loads);
      if (least >= bound.max) {
        expect(choice.kind).toBe("busy");
      } else {
        expect(choice.kind === "chosen" && choice.tunnel.operationsRunning).toBe(least);
      }
    }),
  );
});

test("a tunnel of another organization is never chosen, even if a runner had the same id", () => {
  expect(chooseTunnel([open({ organizationId: "org_2" })], need, bound).kind).toBe("disconnected");
});

test("a tunnel that drains takes nothing, and one that does not know the kind neither", () => {
  const draining = Object.assign(open(), { isDraining: true });
  const unable = open({ kinds: ["pulumi.up"] });
  const able = open();
  expect(chooseTunnel([], need, bound).kind).toBe("disconnected");
  expect(chooseTunnel([draining], need, bound).kind).toBe("draining");
  expect(chooseTunnel([draining, unable], need, bound).kind).toBe("unsupported");
  expect(chooseTunnel([draining, unable, able], need, bound)).toEqual({
    kind: "chosen",
    tunnel: able,
  });
});

test("both sides of what a runner takes through all of its tunnels together", () => {
  const tunnels = [open(), open()].map((each) => Object.assign(each, { operationsRunning: 1 }));
  expect(chooseTunnel(tunnels, need, { ...bound, runnerMax: 3 }).kind).toBe("chosen");
  expect(chooseTunnel(tunnels, need, { ...bound, runnerMax: 2 }).kind).toBe("busy");
});
