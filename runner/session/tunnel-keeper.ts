import type { Clock } from "@holdfast/foundation/clock.ts";
import type { Log } from "@holdfast/foundation/log.ts";
import type { LoadedCredentials } from "../credentials/load-credentials.ts";
import type { CredentialsChange } from "../credentials/watch-credentials.ts";
import type { Reconnect } from "../tunnel/reconnect.ts";
import type { OpenedTunnel, TunnelEnd, TunnelRefusal } from "../tunnel/tunnel-client.ts";

/** What a keeper works with. */
export interface TunnelKeeperOptions {
  /** Both phases of the start with these credentials; one attempt. */
  readonly open: (
    credentials: LoadedCredentials,
    signal: AbortSignal,
  ) => Promise<OpenedTunnel | TunnelRefusal>;
  readonly credentials: LoadedCredentials;
  /** Looks at the credentials file now; undefined if it cannot be used or there is none. */
  readonly reload: () => Promise<LoadedCredentials | undefined>;
  readonly reconnect: Reconnect;
  readonly clock: Clock;
  readonly log: Log;
  readonly onState: (state: KeeperState) => void;
}

/** Where a runner stands with its tunnel. */
export type KeeperState =
  | { readonly kind: "connecting"; readonly code: string; readonly message: string }
  | {
      readonly kind: "connected";
      readonly tunnel: OpenedTunnel;
      readonly credentials: LoadedCredentials;
    };

/** Why a keeper has ended. */
export type KeeperEnd =
  | { readonly kind: "stopped" }
  /** Refused at the start, or when connecting again: one of the two phases failed for good. */
  | { readonly kind: "refused"; readonly refusal: TunnelRefusal }
  /** The control plane ended the tunnel for good. */
  | { readonly kind: "ended"; readonly end: TunnelEnd };

/** How often a tunnel that is being retired is asked whether its last operation has ended. */
const retireLookMs = 100;

/** How long an answer to the first ping after a drain may take: longer than liveness allows. */
const heardMsMax = 20_000;

/**
 * Keeps one tunnel open: again after a failure that may pass, never after a refusal that is permanent;
 * another one first when the control plane asks for it or the credentials have changed.
 */
export class TunnelKeeper {
  readonly #options: TunnelKeeperOptions;
  readonly #retiring = new Set<OpenedTunnel>();
  /** Marks of credentials that were refused for good: they are not tried again. */
  readonly #refusedMarks = new Set<string>();
  /** Credentials that the control plane has accepted, or the first ones. */
  #good: LoadedCredentials;
  /** Credentials to use for the next tunnel. */
  #wanted: LoadedCredentials;
  #current: OpenedTunnel | undefined;
  /** Wakes a wait when something has changed. */
  #change = Promise.withResolvers<void>();

  constructor(options: TunnelKeeperOptions) {
    this.#options = options;
    this.#good = options.credentials;
    this.#wanted = options.credentials;
  }

  /** Tunnels that are open, the one in use first. */
  get tunnels(): readonly OpenedTunnel[] {
    return this.#current === undefined ? [...this.#retiring] : [this.#current, ...this.#retiring];
  }

  /** Takes note of a changed credentials file. */
  credentialsChanged(change: CredentialsChange): void {
    if (change.kind === "unusable") {
      const { code, message } = change.failure;
      this.#options.log.warn("credentials file unusable, earlier credentials stay in use", {
        code,
        reason: message,
      });
      return;
    }
    this.#want(change.loaded);
  }

  /** Works until `signal` aborts or a refusal is permanent. Open tunnels are left to the caller. */
  async run(signal: AbortSignal): Promise<KeeperEnd> {
    const stopped = new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    while (!signal.aborted) {
      const end = this.#needsTunnel()
        ? await this.#attempt(signal, stopped)
        : await this.#wait(stopped);
      if (end !== undefined) {
        return isAborted(signal) ? { kind: "stopped" } : end;
      }
    }
    return { kind: "stopped" };
  }

  #needsTunnel(): boolean {
    return (
      this.#current === undefined ||
      this.#current.draining.aborted ||
      this.#wanted.mark !== this.#good.mark
    );
  }

  /** One attempt with both phases, and the pause after one that failed. */
  async #attempt(signal: AbortSignal, stopped: Promise<void>): Promise<KeeperEnd | undefined> {
    const used = this.#wanted;
    const result = await this.#options.open(used, signal);
    if (result.kind === "opened") {
      this.#take(result, used);
      return undefined;
    }
    if (signal.aborted) {
      return undefined;
    }
    if (result.isPermanent) {
      return await this.#refused(result, used);
    }
    this.#noteTransient(result);
    await this.#pause(false, stopped);
    return undefined;
  }

  #take(tunnel: OpenedTunnel, credentials: LoadedCredentials): void {
    const previous = this.#current;
    this.#current = tunnel;
    this.#good = credentials;
    this.#options.reconnect.opened();
    this.#options.log.info("runner connected", {
      tunnelId: tunnel.tunnelId,
      generation: credentials.credentials.generation,
    });
    this.#options.onState({ kind: "connected", tunnel, credentials });
    if (previous !== undefined) {
      void this.#retire(previous);
    }
  }

  /** Other credentials may still do: those that changed meanwhile, or the last good ones. */
  async #refused(refusal: TunnelRefusal, used: LoadedCredentials): Promise<KeeperEnd | undefined> {
    this.#refusedMarks.add(used.mark);
    if (await this.#tryOthers(used)) {
      this.#options.log.warn("changed credentials refused, others are tried", {
        phase: refusal.phase,
        code: refusal.code,
        reason: refusal.message,
      });
      return undefined;
    }
    return { kind: "refused", refusal };
  }

  async #tryOthers(used: LoadedCredentials): Promise<boolean> {
    if (this.#wanted.mark !== used.mark) {
      return true;
    }
    const onDisk = await this.#options.reload();
    const others = [onDisk, this.#good].filter(
      (other) => other !== undefined && !this.#refusedMarks.has(other.mark),
    );
    const other = others.find((each) => each?.mark !== used.mark);
    this.#wanted = other ?? this.#good;
    return other !== undefined;
  }

  /** Waits until the tunnel in use has ended or another one is needed. */
  async #wait(stopped: Promise<void>): Promise<KeeperEnd | undefined> {
    const tunnel = this.#current;
    if (tunnel === undefined) {
      return undefined;
    }
    const draining = new Promise<void>((resolve) => {
      tunnel.draining.addEventListener("abort", () => resolve(), { once: true });
    });
    const end = await Promise.race([
      tunnel.closed,
      draining.then(() => undefined),
      this.#change.promise.then(() => undefined),
      stopped.then(() => undefined),
    ]);
    return end === undefined ? undefined : await this.#lost(end, stopped);
  }

  async #lost(end: TunnelEnd, stopped: Promise<void>): Promise<KeeperEnd | undefined> {
    const { log, onState } = this.#options;
    this.#current = undefined;
    log.warn("tunnel ended", { code: end.code, reason: end.message, permanent: end.isPermanent });
    if (end.isPermanent) {
      this.#refusedMarks.add(this.#good.mark);
      if (!(await this.#tryOthers(this.#good))) {
        return { kind: "ended", end };
      }
    }
    onState({ kind: "connecting", code: end.code, message: end.message });
    await this.#pause(end.kind === "goodbye" && end.code === "drain", stopped);
    return undefined;
  }

  #noteTransient({ phase, code, message }: TunnelRefusal): void {
    this.#options.log.warn("runner cannot connect, tries again", { phase, code, reason: message });
    if (this.#current === undefined) {
      this.#options.onState({ kind: "connecting", code, message });
    }
  }

  /** Lets the operations of a tunnel end, those on their way too, then says goodbye to it. */
  async #retire(tunnel: OpenedTunnel): Promise<void> {
    this.#retiring.add(tunnel);
    const ended = new AbortController();
    void tunnel.closed.then(() => ended.abort());
    const { clock } = this.#options;
    const drainedAtMs = clock.monotonicMs();
    try {
      tunnel.drain();
      // An operation may have been on its way. Once a ping that was sent after the drain has been
      // answered, none can be any more: frames stay in order.
      await this.#lookUntil(ended.signal, () => {
        const nowMs = clock.monotonicMs();
        const last = tunnel.lastRoundTrip();
        const sentAtMs = last === undefined ? -1 : nowMs - last.ageMs - last.durationMs;
        return sentAtMs > drainedAtMs || nowMs - drainedAtMs > heardMsMax;
      });
      await this.#lookUntil(ended.signal, () => tunnel.operationsRunning === 0);
      await tunnel.goodbye("replaced", "Another tunnel of the same runner has taken over.");
    } catch (error) {
      if (!ended.signal.aborted) {
        this.#options.log.error(
          "tunnel could not be retired",
          { tunnelId: tunnel.tunnelId },
          error,
        );
      }
    } finally {
      this.#retiring.delete(tunnel);
    }
  }

  async #lookUntil(ended: AbortSignal, isSo: () => boolean): Promise<void> {
    while (!isSo() && !ended.aborted) {
      await this.#options.clock.wait(retireLookMs, ended);
    }
  }

  #want(credentials: LoadedCredentials): void {
    if (credentials.mark === this.#wanted.mark) {
      return;
    }
    this.#options.log.info("credentials changed", {
      generation: credentials.credentials.generation,
    });
    this.#wanted = credentials;
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }

  /** Waits before the next attempt; not if the control plane asked for it, or credentials change. */
  async #pause(isServerDrain: boolean, stopped: Promise<void>): Promise<void> {
    const { reconnect, clock } = this.#options;
    const delayMs = reconnect.nextDelayMs({ isPermanent: false, isServerDrain }) ?? 0;
    const end = new AbortController();
    void this.#change.promise.then(() => end.abort());
    void stopped.then(() => end.abort());
    try {
      await clock.wait(delayMs, end.signal);
    } catch (error) {
      if (!end.signal.aborted) {
        throw error;
      }
    }
  }
}

/** Asked through a function, because it changes while a function waits. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
