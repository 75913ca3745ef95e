import { type ServerUnaryCall, type ServiceError, type sendUnaryData, status } from "@grpc/grpc-js";
import type { ILanguageRuntimeServer } from "@pulumi/pulumi/proto/language_grpc_pb.js";
import languageMessages from "@pulumi/pulumi/proto/language_pb.js";
import pluginMessages from "@pulumi/pulumi/proto/plugin_pb.js";
import { installDependencies } from "./install-dependencies.ts";
import { programFolder } from "./program-folder.ts";
import type { Programs } from "./programs.ts";
import { runPlugin } from "./run-plugin.ts";
import { runProgram } from "./run-program.ts";
import { readDependencies } from "./sdk.ts";

/** What the engine shows as our version; the official hosts show their release. */
const hostVersion = "0.0.0-holdfast";

/**
 * The engine's calls to a language host, for Node programs, plugins and policy packs. Code generation is not
 * served: it belongs to the official host.
 */
export function createLanguageRuntime(programs: Programs): ILanguageRuntimeServer {
  const engine = { address: process.argv.at(-1) ?? "" };
  return {
    handshake: answer((request) => {
      engine.address = request.getEngineAddress();
      return new languageMessages.LanguageHandshakeResponse();
    }),
    getPluginInfo: answer(() => {
      const info = new pluginMessages.PluginInfo();
      info.setVersion(hostVersion);
      return info;
    }),
    // Empty: a provider is looked for when the first of its resources is registered.
    getRequiredPlugins: answer(() => new languageMessages.GetRequiredPluginsResponse()),
    getRequiredPackages: answer(() => new languageMessages.GetRequiredPackagesResponse()),
    run: answer(
      async (request, onStart) => await runProgram(request, engine.address, programs, onStart),
    ),
    runPlugin: (call) => {
      const ends: (() => void)[] = [];
      call.on("cancelled", () => {
        for (const end of ends) {
          end();
        }
      });
      finish(
        call,
        runPlugin(
          call.request,
          programs,
          (response) => call.write(response),
          (end) => ends.push(end),
        ),
      );
    },
    installDependencies: (call) => {
      const folder = programFolder(call.request.getInfo(), call.request.getDirectory());
      finish(
        call,
        installDependencies(folder, (response) => call.write(response)),
      );
    },
    about: answer(() => {
      const about = new languageMessages.AboutResponse();
      about.setExecutable(process.execPath);
      about.setVersion(process.version);
      return about;
    }),
    getProgramDependencies: answer((request) =>
      listDependencies(programFolder(request.getInfo(), request.getPwd())),
    ),
    runtimeOptionsPrompts: answer(() => new languageMessages.RuntimeOptionsResponse()),
    template: answer(() => new languageMessages.TemplateResponse()),
    cancel: answer((request) => {
      programs.endAll();
      // The answer is as empty as the request.
      return request;
    }),
    generateProgram: refuse,
    generateProject: refuse,
    generatePackage: refuse,
    pack: refuse,
    link: refuse,
  };
}

/** Turns a function that answers or throws into a handler. What it starts is ended if the call is cancelled. */
function answer<Request, Response>(
  handle: (request: Request, onStart: (end: () => void) => void) => Response | Promise<Response>,
): (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>) => void {
  return (call, callback) => {
    Promise.resolve()
      .then(async () => await handle(call.request, (end) => call.on("cancelled", end)))
      .then(
        (response) => {
          callback(null, response);
        },
        (error: unknown) => {
          callback(toServiceError(error));
        },
      );
  };
}

function finish(
  call: { end(): void; emit(event: "error", error: Partial<ServiceError>): boolean },
  work: Promise<void>,
): void {
  work.then(
    () => {
      call.end();
    },
    (error: unknown) => {
      call.emit("error", toServiceError(error));
    },
  );
}

function toServiceError(error: unknown): Partial<ServiceError> {
  return { code: status.UNKNOWN, details: error instanceof Error ? error.message : String(error) };
}

function refuse(_call: unknown, callback: sendUnaryData<never>): void {
  callback({
    code: status.UNIMPLEMENTED,
    details:
      "Holdfast's stand-in for the Node language host generates no code. Install the official Pulumi CLI for that.",
  });
}

function listDependencies(
  folder: string,
): InstanceType<typeof languageMessages.GetProgramDependenciesResponse> {
  const response = new languageMessages.GetProgramDependenciesResponse();
  for (const [name, version] of readDependencies(folder)) {
    const dependency = new languageMessages.DependencyInfo();
    dependency.setName(name);
    dependency.setVersion(version);
    response.addDependencies(dependency);
  }
  return response;
}
