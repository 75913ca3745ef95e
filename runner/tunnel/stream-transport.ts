import type { Client, ClientDuplexStream } from "@grpc/grpc-js";
import type { Batch } from "@holdfast/protocol/generated/holdfast/v1/tunnel_pb.ts";
import type { FrameTransport } from "@holdfast/protocol/tunnel/frame-transport.ts";

/** The runner's end of a stream, as the shared half of the tunnel needs it. */
export function streamTransport(
  client: Client,
  stream: ClientDuplexStream<Batch, Batch>,
): FrameTransport {
  return {
    write: (batch, done) => {
      if (stream.writable) {
        stream.write(batch, () => done());
      } else {
        done();
      }
    },
    end: () => {
      stream.end();
    },
    destroy: () => {
      stream.cancel();
      client.close();
    },
  };
}
