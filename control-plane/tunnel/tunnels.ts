import type { FailureCode } from "@holdfast/foundation/failure-catalog.ts";
import type {
  OpenConnection,
  OperationCaller,
} from "@holdfast/protocol/generated/holdfast/v1/tunnel_pb.ts";
import type { OperationFailure } from "../operations/operation.ts";

/** What is known of an open tunnel. It has passed both phases. */
export interface TunnelIdentity {
  /** `tun_` and 22 base-62 digits. */
  readonly tunnelId: string;
  readonly organizationId: string;
  readonly runnerId: string;
  readonly serviceAccountId: string;
  readonly generation: number;
  readonly certificateSerial: string;
  readonly apiKeyId: string;
  readonly runnerVersion: string;
  readonly operationKinds: ReadonlySet<string>;
  /** HPKE public key that inline credentials are sealed to. */
  readonly sealingPublicKey: Uint8Array;
  readonly connectedAtMs: number;
}

/** An operation as it goes through a tunnel. */
export interface TunnelOperationRequest {
  readonly operationId: string;
  readonly kind: string;
  readonly input: Uint8Array;
  readonly connection: OpenConnection | undefined;
  readonly sealedCredentials: Uint8Array | undefined;
  readonly deadlineMs: number;
  readonly outputBytesMax: number;
  readonly caller: OperationCaller;
}

/** How an operation ended, as the runner or the tunnel says. */
export type TunnelOperationOutcome =
  | { readonly kind: "succeeded" }
  | { readonly kind: "failed"; readonly failure: OperationFailure }
  | { readonly kind: "canceled"; readonly failure: OperationFailure };

/** Where what comes back from a runner goes. Called in order; nothing after `ended`. */
export interface TunnelOperationSink {
  started(): void;
  /** One item of the kind's stream, whole. Call `consumed` of the operation once it has been taken. */
  item(bytes: Uint8Array): void;
  /** The kind's output, whole. */
  output(bytes: Uint8Array): void;
  ended(outcome: TunnelOperationOutcome): void;
}

/** An operation that is under way in a tunnel. */
export interface TunnelOperation {
  /** Gives back credit: the final consumer has taken this many bytes. */
  consumed(bytes: number): void;
  cancel(reason: "caller" | "deadline" | "output-limit"): void;
}

/** A tunnel that takes operations. */
export interface Tunnel {
  readonly identity: TunnelIdentity;
  readonly isDraining: boolean;
  readonly operationsRunning: number;
  /** The last liveness round trip, in milliseconds; undefined before the first. */
  readonly roundTripMs: number | undefined;
  execute(request: TunnelOperationRequest, sink: TunnelOperationSink): TunnelOperation;
  /** Takes no more operations, and asks the runner to open another tunnel. */
  drain(): void;
}

/** Which tunnels to cut. */
export interface TunnelSelection {
  readonly runnerId: string;
  /** Only tunnels of these generations; undefined means all of the runner. */
  readonly generations?: readonly number[];
}

/** All tunnels that are open in this process. */
export interface Tunnels {
  ofRunner(runnerId: string): readonly Tunnel[];
  all(): Iterable<Tunnel>;
  /** Says goodbye with `code` and closes at once; operations under way end with `runner.lost`. */
  cut(selection: TunnelSelection, code: FailureCode, message: string): number;
  /** Called whenever a tunnel has passed both phases, or takes operations again. */
  onOpened(listener: (tunnel: Tunnel) => void): void;
  onClosed(listener: (tunnel: Tunnel) => void): void;
}
