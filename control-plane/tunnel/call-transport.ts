import type { ServerDuplexStream } from "@grpc/grpc-js";
import type { Batch } from "@holdfast/protocol/generated/holdfast/v1/tunnel_pb.ts";
import type { FrameTransport } from "@holdfast/protocol/tunnel/frame-transport.ts";
import { sessionOf } from "./http2-session.ts";

/** The control plane's end of a stream, as the shared half of the tunnel needs it. */
export function callTransport(call: ServerDuplexStream<Batch, Batch>): FrameTransport {
  const session = sessionOf(call);
  return {
    write: (batch, done) => {
      if (call.writable) {
        call.write(batch, () => done());
      } else {
        done();
      }
    },
    end: () => {
      call.end();
    },
    destroy: () => {
      call.end();
      // A peer that no longer reads would otherwise keep the connection until TCP gives up.
      session?.destroy();
    },
  };
}
