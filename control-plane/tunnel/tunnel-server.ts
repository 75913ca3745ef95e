import { Server, type ServerDuplexStream } from "@grpc/grpc-js";
import { makeIdentifier } from "@holdfast/foundation/identifier.ts";
import { messageBytesMax } from "@holdfast/protocol/frames/limits.ts";
import { type Batch, TunnelService } from "@holdfast/protocol/generated/holdfast/v1/tunnel_pb.ts";
import { serviceDefinition } from "@holdfast/protocol/grpc/service-definition.ts";
import { addHandlers } from "../api/api-server.ts";
import type { PipelineDependencies } from "../api/pipeline.ts";
import { identifyRunner, type TunnelServerDependencies } from "./runner-proof.ts";
import { TunnelStart } from "./tunnel-start.ts";

/** Tunnels that have not passed both phases yet, at most. */
const startingMax = 1_000;

/** A gRPC server, for whoever puts the parts together without knowing the transport. */
export type { Server };

/** The server behind the tunnel listener. */
export interface TunnelServer {
  readonly server: Server;
  /** Asks every runner to go elsewhere, and ends every tunnel. */
  goodbye(): void;
}

/** Builds the server for runners: the tunnel, and what they ask for beside it. */
export function makeTunnelServer(deps: TunnelServerDependencies): TunnelServer {
  const server = new Server({
    "grpc.max_receive_message_length": messageBytesMax,
    "grpc.max_send_message_length": messageBytesMax,
    "grpc.max_concurrent_streams": 32,
    "grpc.enable_channelz": 0,
  });
  const starting = new Set<TunnelStart>();
  server.addService(serviceDefinition(TunnelService), {
    open: (call: ServerDuplexStream<Batch, Batch>) => {
      if (starting.size >= startingMax) {
        call.end();
        return;
      }
      const start = new TunnelStart(deps, call, makeIdentifier("tun", deps.random));
      starting.add(start);
      void start.settled.then(() => starting.delete(start));
      start.run();
    },
  });
  const pipeline: PipelineDependencies = {
    ...deps,
    callerKind: "runner",
    identify: async (call) => await identifyRunner(deps, call),
  };
  addHandlers(server, deps.handlers, pipeline);
  return {
    server,
    goodbye: () => {
      for (const tunnel of [...deps.tunnels.all()]) {
        tunnel.cut("drain", "The control plane is being restarted.", false);
      }
    },
  };
}
