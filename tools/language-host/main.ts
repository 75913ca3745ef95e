import { Server, ServerCredentials } from "@grpc/grpc-js";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb.js";
import { createLanguageRuntime } from "./language-runtime.ts";
import { Programs } from "./programs.ts";

// A stand-in for the official language host of Node programs, for machines that cannot have the official one. It is
// started by the Pulumi engine, tells it a port in the first line of its output, and goes when the engine goes.

/** The engine may be killed without a word; we look this often whether it still is there. */
const parentPollMs = 1_000;

const programs = new Programs();
const server = new Server({
  "grpc.max_receive_message_length": -1,
  "grpc.max_send_message_length": -1,
});
server.addService(LanguageRuntimeService, createLanguageRuntime(programs));

function stop(): void {
  programs.endAll();
  server.forceShutdown();
  process.exit(0);
}

const engine = process.ppid;
setInterval(() => {
  if (process.ppid !== engine) {
    stop();
  }
}, parentPollMs).unref();
process.on("SIGTERM", stop);
process.on("SIGINT", stop);

server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) {
    process.stderr.write(`the language host cannot listen on loopback: ${error.message}\n`);
    process.exit(1);
  }
  process.stdout.write(`${port}\n`);
});
