import { Server, ServerCredentials } from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import { PublishedTypes } from "./published-types.ts";
import type { StandInObject, StandInProvider } from "./stand-in-provider.ts";
import { StandInResources } from "./stand-in-resources.ts";
import { createStandInService } from "./stand-in-service.ts";
import {
  type CallPredicate,
  type InjectedFailure,
  type StandInCall,
  StandInWorld,
} from "./stand-in-world.ts";

/** Stand-ins that listen. What they "made" lives as long as they do, across updates and stacks. */
export interface StandIns {
  /** For `makeStack({ environment })`: tells the engine where the providers are. */
  readonly environment: Readonly<Record<string, string>>;
  /** Every call that does or would do something, in order; those of previews have `isPreview`. */
  readonly calls: readonly StandInCall[];
  /** Everything that exists now, in the order of creation. */
  readonly objects: readonly StandInObject[];
  /** Empties {@link calls}. */
  forgetCalls(): void;
  /** The next call that the predicate is true of fails with the message; previews never do. */
  failOnce(predicate: CallPredicate, message: string, how?: Omit<InjectedFailure, "times">): void;
  /** The same for several calls, as what is eventually consistent fails its first tries. */
  failTimes(
    times: number,
    predicate: CallPredicate,
    message: string,
    how?: Omit<InjectedFailure, "times">,
  ): void;
  stop(): Promise<void>;
}

/**
 * Starts providers in this process, on loopback. What they do NOT prove: that the vendors' providers and
 * clouds accept the values (limits, permissions, names that are taken), and how long anything takes.
 */
export async function startStandIns(providers: readonly StandInProvider[]): Promise<StandIns> {
  const world = new StandInWorld();
  const started = await Promise.all(providers.map((provider) => start(provider, world)));
  const addresses = started.map(({ packageName, port }) => `${packageName}:${port}`);
  return {
    environment: { PULUMI_DEBUG_PROVIDERS: addresses.join(",") },
    calls: world.calls,
    objects: world.objects,
    forgetCalls: () => {
      world.forgetCalls();
    },
    failOnce: (predicate, message, how = {}) => {
      world.planFailure(predicate, message, { ...how, times: 1 });
    },
    failTimes: (times, predicate, message, how = {}) => {
      world.planFailure(predicate, message, { ...how, times });
    },
    stop: () => {
      for (const { server } of started) {
        server.forceShutdown();
      }
      return Promise.resolve();
    },
  };
}

async function start(provider: StandInProvider, world: StandInWorld) {
  const { packageName } = provider;
  const types = await PublishedTypes.of(packageName);
  const server = new Server({
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
  });
  const resources = new StandInResources(provider, world, types);
  server.addService(ResourceProviderService, createStandInService(packageName, resources, types));
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
    if (error === null) {
      resolve(port);
    } else {
      reject(error);
    }
  });
  return { packageName, server, port: await promise };
}
