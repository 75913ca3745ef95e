import type { Log } from "@holdfast/foundation/log.ts";
import { exitCodeFor, exitCodes } from "../exit-codes.ts";
import type { OfflineWatch } from "../health/offline-watch.ts";
import type { KeeperEnd, TunnelKeeper } from "./tunnel-keeper.ts";

/** Why a runner ends: as its keeper says, or because there was no answer for too long. */
export type RunnerEnd = KeeperEnd | { readonly kind: "offline" };

/**
 * Lets the keeper work until it ends, is told to stop, or has had no answer for too long.
 *
 * @param watch undefined where the runner may be offline for as long as it takes.
 */
export async function runUntilEnd(
  keeper: Pick<TunnelKeeper, "run">,
  watch: OfflineWatch | undefined,
  stop: AbortSignal,
): Promise<RunnerEnd> {
  if (watch === undefined) {
    return await keeper.run(stop);
  }
  const offline = new AbortController();
  const ended = new AbortController();
  const watching = watch.run(ended.signal).then((isOffline) => {
    if (isOffline) {
      offline.abort();
    }
  });
  try {
    const end = await keeper.run(AbortSignal.any([stop, offline.signal]));
    return end.kind === "stopped" && !stop.aborted ? { kind: "offline" } : end;
  } finally {
    ended.abort();
    await watching;
  }
}

/** Says in the log why a runner ends, unless it was told to. */
export function reportEnd(log: Log, end: RunnerEnd): void {
  switch (end.kind) {
    case "stopped":
      return;
    case "refused": {
      const { phase, code, message, cause } = end.refusal;
      log.error("runner refused", { phase, code, reason: message }, cause);
      return;
    }
    case "ended": {
      const { code, message } = end.end;
      log.error("runner ended by the control plane", { code, reason: message });
      return;
    }
    default:
      log.error("runner offline for too long, ends to be started anew", {
        code: "tunnel.unreachable",
        reason:
          "There was no answer from the control plane for longer than HOLDFAST_OFFLINE_EXIT_SECONDS allows.",
      });
  }
}

/** The exit code of an end. @param isInOrder whether every operation ended by itself. */
export function exitCodeOfEnd(end: RunnerEnd, isInOrder: boolean): number {
  switch (end.kind) {
    case "stopped":
      return isInOrder ? exitCodes.stopped : exitCodes.forced;
    case "refused":
      return exitCodeFor(end.refusal.code);
    case "ended":
      return exitCodeFor(end.end.code);
    default:
      return exitCodes.offline;
  }
}
