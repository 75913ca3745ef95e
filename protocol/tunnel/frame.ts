import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type Frame, FrameSchema } from "../generated/holdfast/v1/tunnel_pb.ts";

/** What a frame can be made of. */
export type FrameContent = NonNullable<MessageInitShape<typeof FrameSchema>["kind"]>;

/** Makes a frame. */
export function makeFrame(kind: FrameContent): Frame {
  return create(FrameSchema, { kind });
}

/** Room for the envelope and the numbers of a frame. */
const envelopeBytes = 32;

/** About how large a frame is when it is sent, in bytes; exact enough to close a batch. */
export function frameBytes(frame: Frame): number {
  const { kind } = frame;
  switch (kind.case) {
    case "data":
      return envelopeBytes + kind.value.chunk.length;
    case "open":
      return 512 + kind.value.input.length + kind.value.sealedCredentials.length;
    case "result":
      return (
        envelopeBytes +
        (kind.value.outcome.case === "succeeded" ? kind.value.outcome.value.output.length : 512)
      );
    default:
      return envelopeBytes;
  }
}
