import languageMessages from "@pulumi/pulumi/proto/language_pb.js";
import { environmentWith } from "../parts/environment.ts";
import { programFolder } from "./program-folder.ts";
import type { Programs } from "./programs.ts";
import { resolveSdkFile } from "./sdk.ts";

type RunPluginRequest = InstanceType<typeof languageMessages.RunPluginRequest>;
type RunPluginResponse = InstanceType<typeof languageMessages.RunPluginResponse>;

/** Runs a provider or a policy pack that is written for Node; sends what it prints and, last, its exit code. */
export async function runPlugin(
  request: RunPluginRequest,
  programs: Programs,
  send: (response: RunPluginResponse) => void,
  onStart: (end: () => void) => void,
): Promise<void> {
  const pluginFolder = programFolder(request.getInfo(), request.getProgram());
  const isPolicyPack = request.getKind() === "analyzer";
  const end = await programs.run({
    args: isPolicyPack
      ? [
          resolveSdkFile(pluginFolder, "cmd/run-policy-pack"),
          ...request.getArgsList(),
          pluginFolder,
        ]
      : [
          resolveSdkFile(pluginFolder, "cmd/run-plugin"),
          `--pwd=${request.getPwd()}`,
          pluginFolder,
          ...request.getArgsList(),
        ],
    folder: isPolicyPack ? pluginFolder : request.getPwd(),
    environment: environmentWith(parseEnvironment(request.getEnvList())),
    onOutput: (stream, bytes) => {
      const response = new languageMessages.RunPluginResponse();
      if (stream === "stdout") {
        response.setStdout(bytes);
      } else {
        response.setStderr(bytes);
      }
      send(response);
    },
    onStart,
  });
  const last = new languageMessages.RunPluginResponse();
  last.setExitcode("exitCode" in end ? end.exitCode : 1);
  send(last);
}

/** `NAME=value` lines; later ones win, as in the environment of a process. */
function parseEnvironment(lines: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    lines.map((line) => {
      const split = line.indexOf("=");
      return [line.slice(0, split), line.slice(split + 1)];
    }),
  );
}
