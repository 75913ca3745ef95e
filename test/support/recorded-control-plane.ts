import { fromBinary } from "@bufbuild/protobuf";
import { Server, ServerCredentials, type ServerDuplexStream } from "@grpc/grpc-js";
import { BatchSchema, TunnelService } from "@holdfast/protocol/generated/holdfast/v1/tunnel_pb.ts";
import { pathOf } from "@holdfast/protocol/grpc/service-definition.ts";
import type { RecordedMessage } from "./recorded-runner.ts";
import type { TestCertificate } from "./test-authority.ts";

/** A control plane that says, byte for byte, what it is given. */
export interface RecordedControlPlane {
  readonly port: number;
  /** Kinds of all frames that have arrived, in order. */
  readonly received: string[];
  /** Ends the stream without a word. */
  hangUp(): void;
  close(): void;
}

const same = (bytes: Buffer): Buffer => bytes;

/** Serves the tunnel, and replays a recorded session to each runner that connects. */
export async function replayControlPlane(
  certificate: TestCertificate,
  session: readonly RecordedMessage[],
): Promise<RecordedControlPlane> {
  const received: string[] = [];
  const streams = new Set<ServerDuplexStream<Buffer, Buffer>>();
  const server = new Server();
  server.register(
    pathOf(TunnelService.method.open),
    (stream: ServerDuplexStream<Buffer, Buffer>) => {
      streams.add(stream);
      const left = [...session];
      stream.on("data", (bytes: Buffer) => {
        const { frames } = fromBinary(BatchSchema, bytes);
        received.push(...frames.map(({ kind }) => kind.case ?? "unknown"));
        for (let next = left[0]; next !== undefined; next = left[0]) {
          if (next.after !== undefined && !received.includes(next.after)) {
            return;
          }
          left.shift();
          stream.write(Buffer.from(next.bytes, "base64"));
        }
      });
      stream.on("error", () => undefined);
      stream.on("end", () => stream.end());
    },
    same,
    same,
    "bidi",
  );
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.bindAsync(
    "127.0.0.1:0",
    ServerCredentials.createSsl(null, [
      {
        private_key: Buffer.from(certificate.privateKeyPem.expose()),
        cert_chain: Buffer.from(certificate.certificatePem),
      },
    ]),
    (error, port) => {
      if (error === null) {
        resolve(port);
      } else {
        reject(error);
      }
    },
  );
  return {
    port: await promise,
    received,
    hangUp: () => {
      for (const stream of streams) {
        stream.end();
      }
    },
    close: () => server.forceShutdown(),
  };
}
