import type { Log } from "@holdfast/foundation/log.ts";
import { cutRevoked, revokeInTransaction } from "./revoke-credentials.ts";
import type { RunnerCredentials } from "./runner.ts";
import type { RunnerDependencies } from "./runner-dependencies.ts";

const lookEveryMs = 1_000;

/** How long operations in a tunnel of replaced credentials may go on, and how often it is looked at. */
const retireMsMax = 30_000;
const retireLookMs = 50;

/** A tunnel that has just been accepted. */
export interface ConnectedGeneration {
  readonly organizationId: string;
  readonly runnerId: string;
  readonly generation: number;
}

/**
 * Records that a generation has connected; the first time, earlier generations that an overlap keeps
 * are revoked and their tunnels cut: the new credentials have proved themselves. A generation that an
 * overlap itself keeps proves nothing about the new ones, and ends nothing.
 *
 * Call it once the tunnel can be cut: if the runner was disabled or the generation revoked between the
 * check at the start and then, the tunnel is cut here, because nobody could find it before.
 */
export async function credentialsConnected(
  deps: RunnerDependencies,
  connected: ConnectedGeneration,
): Promise<void> {
  const { organizationId, runnerId, generation } = connected;
  const { credentials, runners } = deps.storage.read;
  const present = await credentials.find(organizationId, runnerId, generation);
  const runner = await runners.find(organizationId, runnerId);
  if (present === undefined || present.revokedAtMs !== undefined) {
    cutRevoked(deps, [connected]);
  } else if (runner?.isEnabled !== true) {
    deps.tunnels.cut({ runnerId }, "runner.disabled", "The runner has been disabled.");
  } else if (present.firstConnectedAtMs === undefined) {
    await connectedFirst(deps, connected);
  }
}

async function connectedFirst(
  deps: RunnerDependencies,
  { organizationId, runnerId, generation }: ConnectedGeneration,
): Promise<void> {
  const revoked = await deps.storage.write(async (stores) => {
    // Read again under the lock: a regeneration meanwhile may have set when this one is to end.
    const present = await stores.credentials.find(organizationId, runnerId, generation);
    if (present === undefined) {
      return [];
    }
    await stores.credentials.update({ ...present, firstConnectedAtMs: deps.clock.nowMs() });
    const active = await stores.credentials.listActive(organizationId, runnerId);
    const ended = active.filter(
      (each) =>
        present.revokeAfterMs === undefined &&
        each.generation < generation &&
        each.revokeAfterMs !== undefined,
    );
    const done: RunnerCredentials[] = [];
    for (const each of ended) {
      done.push(await revokeInTransaction(deps, stores, runnerId, each));
    }
    return done;
  });
  await retireTunnels(deps, revoked);
}

/**
 * Cuts the tunnels of generations that newer ones have replaced, once what runs in them has ended: an
 * overlap is there so that nothing is lost. They take no more operations from this moment on.
 */
async function retireTunnels(
  deps: RunnerDependencies,
  revoked: readonly RunnerCredentials[],
): Promise<void> {
  const ours = new Set(revoked.map(({ generation }) => generation));
  const left = () =>
    revoked
      .slice(0, 1)
      .flatMap(({ runnerId }) => deps.tunnels.ofRunner(runnerId))
      .filter(({ identity }) => ours.has(identity.generation));
  for (const tunnel of left()) {
    tunnel.drain();
  }
  const endMs = deps.clock.monotonicMs() + retireMsMax;
  const never = new AbortController();
  while (left().some((each) => each.operationsRunning > 0) && deps.clock.monotonicMs() < endMs) {
    await deps.clock.wait(retireLookMs, never.signal);
  }
  cutRevoked(deps, revoked);
}

/** Revokes every generation whose overlap has passed. */
export async function endOverdueOverlaps(deps: RunnerDependencies): Promise<number> {
  const overdue = await deps.storage.read.credentials.listOverdue(deps.clock.nowMs());
  if (overdue.length === 0) {
    return 0;
  }
  const revoked = await deps.storage.write(async (stores) => {
    const done: RunnerCredentials[] = [];
    for (const credentials of overdue) {
      done.push(await revokeInTransaction(deps, stores, "system", credentials));
    }
    return done;
  });
  cutRevoked(deps, revoked);
  return revoked.length;
}

/** Ends overlaps at its own pace until `signal` aborts. A failure is logged, and it goes on. */
export async function watchOverlaps(
  deps: RunnerDependencies,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await deps.clock.wait(lookEveryMs, signal);
      await endOverdueOverlaps(deps);
    } catch (error) {
      // The end of the wait is no failure: it only looks like one from here.
      if (error !== signal.reason) {
        log.error("overlaps not ended", {}, error);
      }
    }
  }
}
