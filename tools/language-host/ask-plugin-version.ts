import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { credentials } from "@grpc/grpc-js";
import { LanguageRuntimeClient } from "@pulumi/pulumi/proto/language_grpc_pb.js";
import pluginMessages from "@pulumi/pulumi/proto/plugin_pb.js";
import { PartFailure } from "../parts/part-failure.ts";

/** A plugin that has not answered after this time never will. */
const answerMs = 30_000;

/**
 * Asks a Pulumi plugin for its version, as the engine does: starts it, reads the port from its first line, calls
 * `GetPluginInfo`, and ends it. For plugins that have no command line option for it.
 *
 * shape: without a `v` in front.
 *
 * @throws {PartFailure} if it does not start or does not answer.
 */
export async function askPluginVersion(
  binary: string,
  service: "LanguageRuntime" | "ResourceProvider",
): Promise<string> {
  // No engine: the plugin is only asked who it is.
  const child = spawn(binary, [], { stdio: ["ignore", "pipe", "ignore"] });
  try {
    const port = await readPort(child, binary);
    return (await callPluginInfo(port, service, binary)).replace(/^v/, "");
  } finally {
    child.kill("SIGKILL");
  }
}

async function readPort(child: ChildProcess, binary: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    const fail = (cause?: unknown): void => {
      clearTimeout(timer);
      reject(
        new PartFailure(`${binary} told no port.`, {
          advice: "remove its folder and run this again.",
          cause,
        }),
      );
    };
    const timer = setTimeout(fail, answerMs);
    child.on("error", fail).on("exit", fail);
    if (child.stdout !== null) {
      createInterface(child.stdout).once("line", (line) => {
        clearTimeout(timer);
        resolve(line.trim());
      });
    }
  });
}

/** The method has the same request and answer in every kind of plugin; only the service's name differs. */
async function callPluginInfo(port: string, service: string, binary: string): Promise<string> {
  const client = new LanguageRuntimeClient(`127.0.0.1:${port}`, credentials.createInsecure());
  try {
    return await new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        `/pulumirpc.${service}/GetPluginInfo`,
        () => Buffer.alloc(0),
        (bytes: Buffer) => pluginMessages.PluginInfo.deserializeBinary(bytes),
        undefined,
        { deadline: Date.now() + answerMs },
        (error, info) => {
          if (error === null && info !== undefined) {
            resolve(info.getVersion());
          } else {
            reject(
              new PartFailure(`${binary} does not tell its version.`, {
                advice: "remove its folder and run this again.",
                cause: error,
              }),
            );
          }
        },
      );
    });
  } finally {
    client.close();
  }
}
