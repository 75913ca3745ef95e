import type {
  Tunnel,
  TunnelIdentity,
  TunnelOperation,
  TunnelOperationRequest,
  TunnelOperationSink,
  TunnelSelection,
  Tunnels,
} from "@holdfast/control-plane/tunnel/tunnels.ts";
import type { FailureCode } from "@holdfast/foundation/failure-catalog.ts";
import { catalog } from "@holdfast/protocol/operations/catalog.ts";
import { describeFailure } from "@holdfast/protocol/operations/operation-failure.ts";

/** One operation that went into a {@link FakeTunnel}: a test plays the runner with `sink`. */
export interface FakeExecution {
  readonly request: TunnelOperationRequest;
  readonly sink: TunnelOperationSink;
  /** Bytes given back so far. */
  consumedBytes: number;
  readonly cancels: ("caller" | "deadline" | "output-limit")[];
}

/** A tunnel without a network. It keeps what it was given; its runner does nothing by itself. */
export class FakeTunnel implements Tunnel {
  readonly identity: TunnelIdentity;
  readonly executions: FakeExecution[] = [];
  readonly roundTripMs = 1;
  isDraining = false;
  operationsRunning = 0;
  readonly #open = new Set<TunnelOperationSink>();
  /** Called at once for each operation, before `execute` returns. */
  onExecute: ((execution: FakeExecution) => void) | undefined;

  constructor(identity: TunnelIdentity) {
    this.identity = identity;
  }

  execute(request: TunnelOperationRequest, sink: TunnelOperationSink): TunnelOperation {
    this.operationsRunning += 1;
    const counted: TunnelOperationSink = {
      started: () => this.#whileOpen(counted, () => sink.started()),
      item: (bytes) => this.#whileOpen(counted, () => sink.item(bytes)),
      output: (bytes) => this.#whileOpen(counted, () => sink.output(bytes)),
      ended: (outcome) =>
        this.#whileOpen(counted, () => {
          this.#open.delete(counted);
          this.operationsRunning -= 1;
          sink.ended(outcome);
        }),
    };
    this.#open.add(counted);
    const execution: FakeExecution = { request, sink: counted, consumedBytes: 0, cancels: [] };
    this.executions.push(execution);
    this.onExecute?.(execution);
    return {
      consumed: (bytes) => {
        execution.consumedBytes += bytes;
      },
      cancel: (reason) => {
        execution.cancels.push(reason);
      },
    };
  }

  drain(): void {
    this.isDraining = true;
  }

  /** Ends what is under way, as a lost connection does. */
  lose(): void {
    for (const sink of this.#open) {
      sink.ended({
        kind: "failed",
        failure: describeFailure("runner.lost", "The tunnel was lost."),
      });
    }
  }

  #whileOpen(sink: TunnelOperationSink, deliver: () => void): void {
    if (this.#open.has(sink)) {
      deliver();
    }
  }
}

/** Tunnels that a test opens and closes. */
export class FakeTunnels implements Tunnels {
  readonly #tunnels = new Set<FakeTunnel>();
  readonly #opened: ((tunnel: Tunnel) => void)[] = [];
  readonly #closed: ((tunnel: Tunnel) => void)[] = [];
  #count = 0;

  /** Opens a tunnel that has passed both phases. */
  open(
    identity: Pick<TunnelIdentity, "organizationId" | "runnerId"> & Partial<TunnelIdentity>,
  ): FakeTunnel {
    this.#count += 1;
    const tunnel = new FakeTunnel({
      tunnelId: `tun_${String(this.#count).padStart(22, "0")}`,
      serviceAccountId: "sa_0000000000000000000000",
      generation: 1,
      certificateSerial: "01",
      apiKeyId: "key_0000000000000000000000",
      runnerVersion: "0.1.0",
      operationKinds: new Set(catalog.keys()),
      sealingPublicKey: new Uint8Array([4, this.#count]),
      connectedAtMs: 0,
      ...identity,
    });
    this.#tunnels.add(tunnel);
    this.#tell(this.#opened, tunnel);
    return tunnel;
  }

  /** Closes a tunnel as a lost connection does. */
  close(tunnel: FakeTunnel): void {
    this.#tunnels.delete(tunnel);
    tunnel.lose();
    this.#tell(this.#closed, tunnel);
  }

  /** Says that a tunnel takes operations again. */
  reopen(tunnel: FakeTunnel): void {
    tunnel.isDraining = false;
    this.#tell(this.#opened, tunnel);
  }

  ofRunner(runnerId: string): readonly FakeTunnel[] {
    return [...this.#tunnels].filter(({ identity }) => identity.runnerId === runnerId);
  }

  all(): Iterable<FakeTunnel> {
    return this.#tunnels;
  }

  cut(selection: TunnelSelection, _code: FailureCode, _message: string): number {
    const cut = this.ofRunner(selection.runnerId).filter(
      ({ identity }) => selection.generations?.includes(identity.generation) ?? true,
    );
    for (const tunnel of cut) {
      this.close(tunnel);
    }
    return cut.length;
  }

  onOpened(listener: (tunnel: Tunnel) => void): void {
    this.#opened.push(listener);
  }

  onClosed(listener: (tunnel: Tunnel) => void): void {
    this.#closed.push(listener);
  }

  #tell(listeners: readonly ((tunnel: Tunnel) => void)[], tunnel: Tunnel): void {
    for (const listener of listeners) {
      listener(tunnel);
    }
  }
}
