import { Server, type UntypedServiceImplementation } from "@grpc/grpc-js";
import { assert } from "@holdfast/foundation/failure.ts";
import { protocolFiles } from "@holdfast/protocol/files.ts";
import { serviceDefinition } from "@holdfast/protocol/grpc/service-definition.ts";
import { HealthImplementation } from "grpc-health-check";
import { CallIdentification } from "./call-identification.ts";
import type { Handler } from "./handler.ts";
import { type PipelineDependencies, serve } from "./pipeline.ts";
import { addReflection } from "./reflection.ts";

const messageBytesMax = 20 * 1024 * 1024;
const streamsPerConnectionMax = 200;

/** A gRPC server with every API service, health and reflection; it does not listen yet. */
export interface ApiServer {
  readonly server: Server;
  /** Tells health checks whether callers should come. */
  setServing(isServing: boolean): void;
}

/** Builds the API server. A service that is served must have an answer for each of its methods. */
export function makeApiServer(handlers: readonly Handler[], deps: PipelineDependencies): ApiServer {
  const identification = new CallIdentification(handlers, deps);
  const server = new Server({
    interceptors: [identification.interceptor],
    "grpc.max_receive_message_length": messageBytesMax,
    "grpc.max_send_message_length": messageBytesMax,
    "grpc.max_concurrent_streams": streamsPerConnectionMax,
    // Counters for a debugging service that we do not serve; each connection pays for them.
    "grpc.enable_channelz": 0,
  });
  const services = addHandlers(server, handlers, deps, identification);
  const health = new HealthImplementation({ "": "NOT_SERVING" });
  health.addToServer(server);
  addReflection(server, services);
  return {
    server,
    setServing: (isServing) => {
      for (const name of ["", ...services]) {
        health.setStatus(name, isServing ? "SERVING" : "NOT_SERVING");
      }
    },
  };
}

/**
 * Adds handlers to a server, service by service.
 *
 * @param identification whose interceptor the server has.
 * @returns the names of the services.
 */
export function addHandlers(
  server: Server,
  handlers: readonly Handler[],
  deps: PipelineDependencies,
  identification: CallIdentification,
): readonly string[] {
  const wanted = new Set(handlers.map(({ method }) => method.parent.typeName));
  const services = protocolFiles
    .flatMap((file) => file.services)
    .filter(({ typeName }) => wanted.has(typeName));
  for (const service of services) {
    const implementation: UntypedServiceImplementation = {};
    for (const method of service.methods) {
      const answers = handlers.filter((handler) => handler.method === method);
      const [answer] = answers;
      assert(
        answer !== undefined && answers.length === 1,
        `${service.typeName}.${method.name} has one answer`,
      );
      implementation[method.localName] = serve(answer, deps, identification);
    }
    server.addService(serviceDefinition(service), implementation);
  }
  return services.map(({ typeName }) => typeName);
}
