import type { Batch } from "../generated/holdfast/v1/tunnel_pb.ts";

/** One end of a stream of batches, without its first half: what arrives is handed to the link. */
export interface FrameTransport {
  /** Sends a batch; `done` once the next may follow, also after a failure. */
  write(batch: Batch, done: () => void): void;
  /** Ends the stream after what was written. */
  end(): void;
  /** Ends the stream and its connection at once, whatever was written. */
  destroy(): void;
}
