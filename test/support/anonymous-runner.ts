import { create } from "@bufbuild/protobuf";
import { Client, type ClientDuplexStream, credentials, Metadata } from "@grpc/grpc-js";
import {
  type Batch,
  BatchSchema,
  type Refusal,
  TunnelService,
} from "@holdfast/protocol/generated/holdfast/v1/tunnel_pb.ts";
import { methodDefinition } from "@holdfast/protocol/grpc/service-definition.ts";
import { makeFrame } from "@holdfast/protocol/tunnel/frame.ts";

/** Opens a tunnel without a certificate, and tells what it was refused with. */
export async function dialAnonymously(
  endpoint: string,
  trustPem: string,
): Promise<Refusal | undefined> {
  const client = new Client(endpoint, credentials.createSsl(Buffer.from(trustPem)));
  const method = methodDefinition(TunnelService.method.open);
  const stream = client.makeBidiStreamRequest(
    method.path,
    method.requestSerialize,
    method.responseDeserialize,
    new Metadata(),
  ) as ClientDuplexStream<Batch, Batch>;
  const refusal = Promise.withResolvers<Refusal | undefined>();
  stream.on("data", (batch: Batch) => {
    for (const { kind } of batch.frames) {
      if (kind.case === "refusal") {
        refusal.resolve(kind.value);
      }
    }
  });
  stream.on("error", () => refusal.resolve(undefined));
  stream.on("end", () => refusal.resolve(undefined));
  stream.write(create(BatchSchema, { frames: [makeFrame({ case: "hello", value: {} })] }));
  const answer = await refusal.promise;
  client.close();
  return answer;
}
