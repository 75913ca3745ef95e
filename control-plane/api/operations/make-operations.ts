import type { Clock } from "@holdfast/foundation/clock.ts";
import { assert } from "@holdfast/foundation/failure.ts";
import type { Log } from "@holdfast/foundation/log.ts";
import type { Random } from "@holdfast/foundation/random.ts";
import { inlineCredentialsIdentity } from "../../connections/create-connection.ts";
import type { Sealer } from "../../encryption/sealer.ts";
import { LiveOperations } from "../../operations/live/live-operations.ts";
import type { WorkSources } from "../../operations/live/operation-work.ts";
import type { OperationLimits } from "../../operations/operation-limits.ts";
import { recoverOperations } from "../../operations/recover-operations.ts";
import type { Storage } from "../../stores.ts";
import type { Tunnels } from "../../tunnel/tunnels.ts";
import type { Handler } from "../handler.ts";
import { operationHandlers } from "./operation-handlers.ts";

/** What operations need. */
export interface OperationsDeps {
  readonly storage: Storage;
  readonly tunnels: Tunnels;
  readonly sealer: Sealer;
  /** Encrypts to a runner: `sealCredentials` of `@holdfast/protocol/sealing/`. */
  readonly seal: WorkSources["seal"];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly limits: OperationLimits;
}

/** The part of the control plane that runs operations. */
export interface Operations {
  readonly handlers: readonly Handler[];
  /** Ends what the process before has left; before the first tunnel opens. */
  recover(): Promise<void>;
  /** Takes no more operations and gives those that run `deadlineMs` milliseconds to end. */
  drain(deadlineMs: number): Promise<void>;
}

/** Puts together the part of the control plane that runs operations. */
export function makeOperations(deps: OperationsDeps): Operations {
  const { storage, clock, random, log, limits } = deps;
  const live = new LiveOperations({
    storage,
    tunnels: deps.tunnels,
    clock,
    log,
    limits,
    seal: deps.seal,
    openCredentials: async ({ organizationId, id, sealedCredentials }) => {
      assert(sealedCredentials !== undefined, "only connections of the inline mode are opened");
      return await deps.sealer.open(
        inlineCredentialsIdentity(organizationId, id),
        sealedCredentials,
      );
    },
  });
  return {
    handlers: operationHandlers({ storage, read: storage.read, live, clock, random, limits }),
    recover: async () => await recoverOperations({ storage, clock, log }),
    drain: async (deadlineMs) => await live.drain(deadlineMs),
  };
}
