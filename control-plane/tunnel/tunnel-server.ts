import { Server, type ServerDuplexStream, type ServiceDefinition } from "@grpc/grpc-js";
import { Failure } from "@holdfast/foundation/failure.ts";
import { makeIdentifier } from "@holdfast/foundation/identifier.ts";
import { type Batch, TunnelService } from "@holdfast/protocol/generated/holdfast/v1/tunnel_pb.ts";
import { methodDefinition } from "@holdfast/protocol/grpc/service-definition.ts";
import { encodeBatch } from "@holdfast/protocol/tunnel/encode-batch.ts";
import { tunnelLimits, tunnelTimes } from "@holdfast/protocol/tunnel/limits.ts";
import { addHandlers } from "../api/api-server.ts";
import { CallIdentification } from "../api/call-identification.ts";
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
  /** Takes no more tunnels, and asks every runner to go elsewhere; operations go on. */
  drain(): void;
  /** Says goodbye in every tunnel; resolves when that has been sent, or could not be. */
  goodbye(): Promise<void>;
}

/** As the schema says, with an encoder that spares copies. */
const tunnelDefinition: ServiceDefinition = {
  open: { ...methodDefinition(TunnelService.method.open), responseSerialize: encodeBatch },
};

/** Builds the server for runners: the tunnel, and what they ask for beside it. */
export function makeTunnelServer(deps: TunnelServerDependencies): TunnelServer {
  const pipeline: PipelineDependencies = {
    ...deps,
    callerKind: "runner",
    identify: async (proof) => await identifyRunner(deps, proof),
  };
  const identification = new CallIdentification(deps.handlers, pipeline);
  const server = new Server({
    interceptors: [identification.interceptor],
    "grpc.max_receive_message_length": tunnelLimits.runnerMessageBytesMax,
    "grpc.max_send_message_length": tunnelLimits.openMessageBytesMax,
    "grpc.max_concurrent_streams": 32,
    // A connection without a stream is one that has not begun to prove itself, or whose tunnel is gone.
    "grpc.max_connection_idle_ms": tunnelTimes.phaseMsMax,
    "grpc.enable_channelz": 0,
  });
  const starting = new Set<TunnelStart>();
  let isDraining = false;
  server.addService(tunnelDefinition, {
    open: (call: ServerDuplexStream<Batch, Batch>) => {
      const start = new TunnelStart(deps, call, makeIdentifier("tun", deps.random));
      if (starting.size >= startingMax) {
        start.refuse(
          new Failure("control_plane.unavailable", "Too many runners connect at the same time."),
        );
      } else if (isDraining) {
        start.refuse(
          new Failure("control_plane.shutting_down", "The control plane is being restarted."),
        );
      } else {
        starting.add(start);
        void start.settled.then(() => starting.delete(start));
        start.run();
      }
    },
  });
  addHandlers(server, deps.handlers, pipeline, identification);
  return {
    server,
    drain: () => {
      isDraining = true;
      for (const tunnel of deps.tunnels.all()) {
        tunnel.drain();
      }
    },
    goodbye: async () => {
      isDraining = true;
      const said = [...deps.tunnels.all()].map(async (tunnel) => {
        await tunnel.goodbye("drain", "The control plane is being restarted.");
      });
      await Promise.all(said);
    },
  };
}
