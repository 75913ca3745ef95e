import type { Tunnel } from "../../tunnel/tunnels.ts";

/** What is looked for. */
export interface TunnelNeed {
  readonly organizationId: string;
  readonly kind: string;
}

/** Which tunnel takes an operation, or why none does now. */
export type TunnelChoice =
  | { readonly kind: "chosen"; readonly tunnel: Tunnel }
  /** All carry as many operations as they may, or the runner as a whole does. */
  | { readonly kind: "busy" }
  /** All are being replaced. */
  | { readonly kind: "draining" }
  /** None knows the kind of operation. */
  | { readonly kind: "unsupported" }
  | { readonly kind: "disconnected" };

/** How many operations may be under way. */
export interface TunnelBound {
  /** How many a tunnel carries now, those on their way included. */
  readonly loadOf: (tunnel: Tunnel) => number;
  /** How many one tunnel may carry. */
  readonly max: number;
  /** How many the runner takes through all of its tunnels together, as far as is known. */
  readonly runnerMax: number;
}

/**
 * Chooses the tunnel with the fewest operations among those of one runner.
 *
 * A tunnel of another organization is never a candidate, whoever asks: "A runner of one organization
 * never receives a request meant for another."
 */
export function chooseTunnel(
  tunnels: readonly Tunnel[],
  need: TunnelNeed,
  bound: TunnelBound,
): TunnelChoice {
  const own = tunnels.filter(({ identity }) => identity.organizationId === need.organizationId);
  if (own.length === 0) {
    return { kind: "disconnected" };
  }
  const steady = own.filter(({ isDraining }) => !isDraining);
  if (steady.length === 0) {
    return { kind: "draining" };
  }
  const able = steady.filter(({ identity }) => identity.operationKinds.has(need.kind));
  if (able.length === 0) {
    return { kind: "unsupported" };
  }
  const [first, ...others] = able;
  const idlest = others.reduce(
    (best, each) => (best !== undefined && bound.loadOf(best) <= bound.loadOf(each) ? best : each),
    first,
  );
  const total = own.reduce((sum, each) => sum + bound.loadOf(each), 0);
  return idlest === undefined || bound.loadOf(idlest) >= bound.max || total >= bound.runnerMax
    ? { kind: "busy" }
    : { kind: "chosen", tunnel: idlest };
}
