import { Server, ServerCredentials } from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import { connectToApi } from "./api.ts";
import { makeEngineLog } from "./engine-log.ts";
import { Provider } from "./provider.ts";
import { createProviderService } from "./service.ts";
import { watchEngine } from "./watch-engine.ts";

// The plugin `pulumi-resource-holdfast`. The engine starts it with its own address, reads a port from the
// first line of its output, calls it on loopback, and ends it; without it, it ends by itself.

/** The engine takes messages of any size; we do not. Credentials files and kubeconfigs are far smaller. */
const messageBytesMax = 16 * 1024 * 1024;

const engineAddress = process.argv.slice(2).find((argument) => !argument.startsWith("-"));
const provider = new Provider({
  connect: connectToApi,
  environment: process.env,
  inform: makeEngineLog(engineAddress),
});
const server = new Server({
  "grpc.max_receive_message_length": messageBytesMax,
  "grpc.max_send_message_length": messageBytesMax,
});
server.addService(ResourceProviderService, createProviderService(provider));
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) {
    process.stderr.write(`the provider holdfast cannot listen on loopback: ${error.message}\n`);
    process.exit(1);
  }
  process.stdout.write(`${port}\n`);
});
process.on("SIGTERM", () => process.exit(0));
if (engineAddress !== undefined) {
  watchEngine(engineAddress, () => process.exit(0));
}
