import type { Tunnel } from "../../tunnel/tunnels.ts";

/** What is looked for. */
export interface TunnelNeed {
  readonly organizationId: string;
  readonly kind: string;
}

/** Which tunnel takes an operation, or why none does now. */
export type TunnelChoice =
  | { readonly kind: "chosen"; readonly tunnel: Tunnel }
  /** All carry as many operations as they may. */
  | { readonly kind: "busy" }
  /** All are being replaced. */
  | { readonly kind: "draining" }
  /** None knows the kind of operation. */
  | { readonly kind: "unsupported" }
  | { readonly kind: "disconnected" };

/**
 * Chooses the tunnel with the fewest operations among those of one runner.
 *
 * A tunnel of another organization is never a candidate, whoever asks: "A runner of one organization
 * never receives a request meant for another."
 */
export function chooseTunnel(
  tunnels: readonly Tunnel[],
  need: TunnelNeed,
  bound: { readonly loadOf: (tunnel: Tunnel) => number; readonly max: number },
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
  return idlest === undefined || bound.loadOf(idlest) >= bound.max
    ? { kind: "busy" }
    : { kind: "chosen", tunnel: idlest };
}
