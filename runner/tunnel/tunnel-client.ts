import type { Clock } from "@holdfast/foundation/clock.ts";
import type { Failure } from "@holdfast/foundation/failure.ts";
import type { FailureCode } from "@holdfast/foundation/failure-catalog.ts";
import type { Log } from "@holdfast/foundation/log.ts";
import type { Random } from "@holdfast/foundation/random.ts";
import type {
  OpenConnection,
  OperationCaller,
} from "@holdfast/protocol/generated/holdfast/v1/tunnel_pb.ts";
import type { ApiClient } from "@holdfast/protocol/grpc/client.ts";
import type { RunnerCredentialsFile } from "@holdfast/protocol/identity/credentials-file.ts";

/** The two phases of a runner's start, in the words that its first error line uses. */
export type StartPhase = "tunnel" | "control-plane";

/** An operation as the control plane sent it. */
export interface RunnerOperation {
  readonly operationId: string;
  readonly kind: string;
  /** The kind's input message in its binary form. */
  readonly input: Uint8Array;
  readonly connection: OpenConnection | undefined;
  /** Inline credentials, sealed to this process's sealing key. */
  readonly sealedCredentials: Uint8Array | undefined;
  /** Time left when the operation arrived, in milliseconds. */
  readonly deadlineMs: number;
  readonly outputBytesMax: number;
  readonly caller: OperationCaller;
  /**
   * Aborts when the operation is to stop. The reason is a {@link Failure}: `operation.canceled`,
   * `operation.expired`, `operation.output_too_large`, or `runner.lost` when the tunnel is gone, in
   * which case nothing that the sink is told goes anywhere.
   */
  readonly signal: AbortSignal;
}

/** Where an executor puts what an operation gives. Exactly one of the last three ends it. */
export interface OperationSink {
  /** The operation has begun. */
  started(): void;
  /**
   * Sends one item of the kind's stream.
   *
   * Resolves once little enough is waiting for credit: an executor that awaits it never holds more than
   * 64 KiB and one item in memory.
   *
   * @throws {Failure} the signal's reason, if the operation is to stop meanwhile;
   *   `operation.output_too_large` if the output limit would be passed.
   */
  item(bytes: Uint8Array): Promise<void>;
  /** Sends the kind's output; as {@link OperationSink.item}. */
  output(bytes: Uint8Array): Promise<void>;
  succeeded(): void;
  failed(failure: Failure): void;
  canceled(failure: Failure): void;
}

/** Takes an operation and returns at once; what it does goes into `sink`. */
export type OnOperation = (operation: RunnerOperation, sink: OperationSink) => void;

/** What a runner needs to open a tunnel. */
export interface OpenTunnelOptions {
  readonly credentials: RunnerCredentialsFile;
  /** What the runner can execute, by name in the catalog. */
  readonly operationKinds: readonly string[];
  /** HPKE public key of this process, from `@holdfast/protocol/sealing/`. */
  readonly sealingPublicKey: Uint8Array;
  /** Version of the runner's program. */
  readonly runnerVersion: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Ends the attempt, and later the tunnel. */
  readonly signal: AbortSignal;
  readonly onOperation: OnOperation;
  /** Name to expect in the control plane's certificate; undefined means the endpoint's host. */
  readonly serverName?: string | undefined;
}

/** Why a tunnel did not come to be. */
export interface TunnelRefusal {
  readonly kind: "refused";
  readonly phase: StartPhase;
  readonly code: FailureCode;
  /** A whole sentence for people. */
  readonly message: string;
  /** Whether trying again with the same credentials cannot help. */
  readonly isPermanent: boolean;
  /** For the log only. */
  readonly cause?: unknown;
}

/** A tunnel whose certificate was accepted: phase one has passed, phase two has not begun. */
export interface AuthenticatedTunnel {
  readonly kind: "authenticated";
  readonly tunnelId: string;
  /** Ends the attempt. */
  close(): void;
}

/** The last round trip through the dispatcher of the other side. */
export interface RoundTrip {
  /** How long ago its pong arrived, in milliseconds. */
  readonly ageMs: number;
  /** How long it took, in milliseconds. */
  readonly durationMs: number;
}

/** How a tunnel ended. */
export interface TunnelEnd {
  /**
   * `goodbye`: the control plane said so, or we did. `lost`: the stream just ended, the other side was
   * silent or broke the protocol.
   */
  readonly kind: "goodbye" | "lost";
  /** `drain`, `shutdown`, `replaced` or a failure code. */
  readonly code: string;
  readonly message: string;
  /** Whether connecting again with the same credentials cannot help. */
  readonly isPermanent: boolean;
  /** Whether this side ended it. */
  readonly isOurs: boolean;
}

/** A tunnel that takes operations: both phases have passed. */
export interface OpenedTunnel {
  readonly kind: "opened";
  readonly tunnelId: string;
  readonly serviceAccountId: string;
  /** How many operations the control plane will send at once. */
  readonly operationsMax: number;
  /** Calls on the same connection with the runner's certificate and API key: `ReferenceService`. */
  readonly api: ApiClient;
  /** Those whose result has not been told yet; a goodbye before that would lose it. */
  readonly operationsRunning: number;
  /** Undefined before the first. */
  lastRoundTrip(): RoundTrip | undefined;
  /** Aborts when the control plane asks to open another tunnel, because this one is about to end. */
  readonly draining: AbortSignal;
  /** Says that no operation should be sent any more; those that run go on. */
  drain(): void;
  /** Says goodbye, waits until it was sent (2 s at most) and ends the tunnel. Safe to repeat. */
  goodbye(code: "drain" | "shutdown" | "replaced", message: string): Promise<void>;
  /** Resolves when the tunnel has ended, whatever the reason; never rejects. */
  readonly closed: Promise<TunnelEnd>;
}
