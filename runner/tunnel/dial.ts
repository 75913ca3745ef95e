import { Client, type ClientDuplexStream, Metadata } from "@grpc/grpc-js";
import type { Batch } from "@holdfast/protocol/generated/holdfast/v1/tunnel_pb.ts";
import { TunnelService } from "@holdfast/protocol/generated/holdfast/v1/tunnel_pb.ts";
import { methodDefinition } from "@holdfast/protocol/grpc/service-definition.ts";
import { tlsChannel } from "@holdfast/protocol/grpc/tls-channel.ts";
import type { RunnerCredentialsFile } from "@holdfast/protocol/identity/credentials-file.ts";
import { encodeBatch } from "@holdfast/protocol/tunnel/encode-batch.ts";
import { tunnelLimits } from "@holdfast/protocol/tunnel/limits.ts";

/** A channel to the control plane with the runner's certificate. */
export interface Dialed {
  readonly client: Client;
  /** Opens the one stream of the tunnel. */
  openStream(): ClientDuplexStream<Batch, Batch>;
}

/** Makes the channel; it connects with the first call. */
export function dial(credentials: RunnerCredentialsFile, serverName: string | undefined): Dialed {
  const channel = tlsChannel(credentials.endpoints.tunnel, {
    trustPem: credentials.certificateAuthority,
    client: { certificatePem: credentials.certificate, privateKeyPem: credentials.privateKey },
    serverName,
  });
  const client = new Client(credentials.endpoints.tunnel, channel.credentials, {
    "grpc.max_receive_message_length": tunnelLimits.openMessageBytesMax,
    "grpc.max_send_message_length": tunnelLimits.runnerMessageBytesMax,
    // One window for the whole connection: 64 KiB, the default, is a queue on any long link.
    "grpc-node.flow_control_window": tunnelLimits.streamWindowBytes,
    "grpc.enable_channelz": 0,
    "grpc.enable_retries": 0,
    // The runner has a loop of its own, with jitter.
    "grpc.initial_reconnect_backoff_ms": 3_600_000,
    // Each tunnel has its own connection: two of one runner must not share one that is being cut.
    "grpc.use_local_subchannel_pool": 1,
    ...channel.options,
  });
  const definition = methodDefinition(TunnelService.method.open);
  return {
    client,
    openStream: () =>
      // The description's codec makes batches, whatever grpc-js can know of them.
      client.makeBidiStreamRequest(
        definition.path,
        encodeBatch,
        definition.responseDeserialize,
        new Metadata(),
      ) as ClientDuplexStream<Batch, Batch>,
  };
}
