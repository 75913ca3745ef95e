import { toBinary } from "@bufbuild/protobuf";
import {
  type Batch,
  type Data,
  type Frame,
  FrameSchema,
} from "../generated/holdfast/v1/tunnel_pb.ts";

/** Tags of the fields that are written here: number and wire type (tunnel.proto). */
const tags = {
  batchFrames: 0x0a,
  frameData: 0x3a,
  dataStream: 0x08,
  dataChunk: 0x12,
  dataIsOutput: 0x18,
  dataIsLast: 0x20,
} as const;

/** A frame with its size, and its bytes unless they are written in place. */
type Sized =
  | { readonly bytes: Uint8Array; readonly size: number }
  | { readonly data: Data; readonly dataSize: number; readonly size: number };

/**
 * A batch in its binary form, the same as `toBinary` gives.
 *
 * The general encoder copies a chunk once for each message around it, three times in all; beside a
 * stream of logs the garbage of that makes small operations wait. Here a chunk is copied once.
 */
export function encodeBatch(batch: Batch): Buffer {
  const frames = batch.frames.map(measure);
  const total = frames.reduce((sum, { size }) => sum + 1 + varintSize(size) + size, 0);
  const target = Buffer.allocUnsafe(total);
  let offset = 0;
  for (const frame of frames) {
    target[offset] = tags.batchFrames;
    offset = writeVarint(target, offset + 1, frame.size);
    if ("bytes" in frame) {
      target.set(frame.bytes, offset);
      offset += frame.size;
    } else {
      target[offset] = tags.frameData;
      offset = writeVarint(target, offset + 1, frame.dataSize);
      offset = writeData(target, offset, frame.data);
    }
  }
  return target;
}

function measure(frame: Frame): Sized {
  if (frame.kind.case !== "data") {
    const bytes = toBinary(FrameSchema, frame);
    return { bytes, size: bytes.length };
  }
  const data = frame.kind.value;
  const dataSize = sizeOf(data);
  return { data, dataSize, size: 1 + varintSize(dataSize) + dataSize };
}

/** Fields that have their default are not written (proto3). */
function sizeOf({ stream, chunk, isOutput, isLast }: Data): number {
  return (
    (stream === 0 ? 0 : 1 + varintSize(stream)) +
    (chunk.length === 0 ? 0 : 1 + varintSize(chunk.length) + chunk.length) +
    (isOutput ? 2 : 0) +
    (isLast ? 2 : 0)
  );
}

function writeData(target: Buffer, start: number, data: Data): number {
  let offset = start;
  if (data.stream !== 0) {
    target[offset] = tags.dataStream;
    offset = writeVarint(target, offset + 1, data.stream);
  }
  if (data.chunk.length > 0) {
    target[offset] = tags.dataChunk;
    offset = writeVarint(target, offset + 1, data.chunk.length);
    target.set(data.chunk, offset);
    offset += data.chunk.length;
  }
  if (data.isOutput) {
    target[offset] = tags.dataIsOutput;
    target[offset + 1] = 1;
    offset += 2;
  }
  if (data.isLast) {
    target[offset] = tags.dataIsLast;
    target[offset + 1] = 1;
    offset += 2;
  }
  return offset;
}

/** How many bytes a number takes: seven bits in each. */
function varintSize(value: number): number {
  let size = 1;
  for (let left = value >>> 7; left > 0; left >>>= 7) {
    size += 1;
  }
  return size;
}

function writeVarint(target: Buffer, start: number, value: number): number {
  let offset = start;
  let left = value;
  while (left > 0x7f) {
    target[offset] = (left & 0x7f) | 0x80;
    left >>>= 7;
    offset += 1;
  }
  target[offset] = left;
  return offset + 1;
}
