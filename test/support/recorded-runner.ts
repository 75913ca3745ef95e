import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Client, type ClientDuplexStream, credentials as channel, Metadata } from "@grpc/grpc-js";
import {
  type Batch,
  BatchSchema,
  type Frame,
  FrameSchema,
  TunnelService,
} from "@holdfast/protocol/generated/holdfast/v1/tunnel_pb.ts";
import { pathOf } from "@holdfast/protocol/grpc/service-definition.ts";
import type { RunnerCredentialsFile } from "@holdfast/protocol/identity/credentials-file.ts";

/** One message of a recorded session, and what its sender had waited for before it sent it. */
export interface RecordedMessage {
  /** Kind of the frame that had to arrive first; undefined for the first message. */
  readonly after?: string;
  /** The batch as it was on the wire, base64. */
  readonly bytes: string;
}

/** A runner that says, byte for byte, what was recorded of an older one. */
export interface RecordedRunner {
  /** Kinds of all frames that have arrived, in order. */
  readonly received: string[];
  /** Resolves when the control plane has ended the stream. */
  readonly ended: Promise<void>;
  close(): void;
}

const same = (bytes: Buffer): Buffer => bytes;

/**
 * Connects with a runner's certificate and replays a recorded session. Who the runner is differs in each
 * test, so the ids of the hello and the API key are put in place of the recorded ones; every other byte
 * is as it was recorded.
 */
export function replayRunner(
  credentials: RunnerCredentialsFile,
  session: readonly RecordedMessage[],
): RecordedRunner {
  const client = new Client(
    credentials.endpoints.tunnel,
    channel.createSsl(
      Buffer.from(credentials.certificateAuthority),
      Buffer.from(credentials.privateKey.expose()),
      Buffer.from(credentials.certificate),
    ),
  );
  const stream: ClientDuplexStream<Buffer, Buffer> = client.makeBidiStreamRequest(
    pathOf(TunnelService.method.open),
    same,
    same,
    new Metadata(),
  );
  const received: string[] = [];
  const left = [...session];
  const sendWhatMay = (): void => {
    for (let next = left[0]; next !== undefined; next = left[0]) {
      if (next.after !== undefined && !received.includes(next.after)) {
        return;
      }
      left.shift();
      stream.write(own(credentials, Buffer.from(next.bytes, "base64")));
    }
  };
  const ended = Promise.withResolvers<void>();
  stream.on("data", (bytes: Buffer) => {
    const { frames } = fromBinary(BatchSchema, bytes);
    received.push(...frames.map(({ kind }) => kind.case ?? "unknown"));
    sendWhatMay();
  });
  stream.on("error", () => ended.resolve());
  stream.on("end", () => ended.resolve());
  sendWhatMay();
  return { received, ended: ended.promise, close: () => client.close() };
}

/** The message with this runner's identity in it; untouched if it has none. */
function own(credentials: RunnerCredentialsFile, bytes: Buffer): Buffer {
  const batch: Batch = fromBinary(BatchSchema, bytes);
  const hasIdentity = batch.frames.some(
    ({ kind }) => kind.case === "hello" || kind.case === "authenticate",
  );
  return hasIdentity
    ? Buffer.from(
        toBinary(
          BatchSchema,
          create(BatchSchema, {
            frames: batch.frames.map((frame) => ownFrame(credentials, frame)),
          }),
        ),
      )
    : bytes;
}

function ownFrame(credentials: RunnerCredentialsFile, frame: Frame): Frame {
  const { kind } = frame;
  if (kind.case === "hello") {
    const organizationId = credentials.organization.id;
    const value = { ...kind.value, organizationId, runnerId: credentials.runner.id };
    return create(FrameSchema, { kind: { case: "hello", value } });
  }
  if (kind.case === "authenticate") {
    const value = { ...kind.value, apiKey: credentials.apiKey.expose() };
    return create(FrameSchema, { kind: { case: "authenticate", value } });
  }
  return frame;
}
