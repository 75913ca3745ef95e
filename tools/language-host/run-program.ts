import languageMessages from "@pulumi/pulumi/proto/language_pb.js";
import { environmentWith } from "../parts/environment.ts";
import { firstSet, programFolder } from "./program-folder.ts";
import type { ProgramEnd, Programs } from "./programs.ts";
import { resolveSdkFile } from "./sdk.ts";

type RunRequest = InstanceType<typeof languageMessages.RunRequest>;
type RunResponse = InstanceType<typeof languageMessages.RunResponse>;

/** The SDK's launcher ends with this code if it has told the user already what went wrong. */
const userWasTold = 32;

/** Runs a Pulumi program against the engine's monitor, and reports how it ended. */
export async function runProgram(
  request: RunRequest,
  engineAddress: string,
  programs: Programs,
  onStart: (end: () => void) => void,
): Promise<RunResponse> {
  const info = request.getInfo();
  const options = runtimeOptions(request);
  const entry = firstSet(info?.getEntryPoint(), request.getProgram(), ".");
  // The program's folder, not the working one: a project may keep its code in a folder below.
  const folder = programFolder(info, request.getPwd());
  const end = await programs.run({
    args: [
      ...nodeArguments(options),
      resolveSdkFile(folder, "cmd/run"),
      ...launcherArguments(request, engineAddress, folder),
      entry,
      ...request.getArgsList(),
    ],
    folder,
    environment: environmentWith(programSettings(request, options)),
    onStart,
  });
  return describeEnd(end);
}

function launcherArguments(
  request: RunRequest,
  engineAddress: string,
  folder: string,
): readonly string[] {
  return [
    `--monitor=${request.getMonitorAddress()}`,
    `--engine=${engineAddress}`,
    `--organization=${request.getOrganization()}`,
    `--project=${request.getProject()}`,
    `--root-directory=${request.getInfo()?.getRootDirectory() ?? folder}`,
    `--stack=${request.getStack()}`,
    `--pwd=${folder}`,
    `--parallel=${request.getParallel()}`,
    ...(request.getDryrun() ? ["--dry-run"] : []),
  ];
}

function programSettings(
  request: RunRequest,
  options: Readonly<Record<string, unknown>>,
): Readonly<Record<string, string>> {
  return {
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().toArray())),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
    // Node itself strips types. The SDK's old compiler is for who asks for it by name.
    PULUMI_NODEJS_TYPESCRIPT: String(options["typescript"] === true),
  };
}

/** What stands under `runtime.options` in Pulumi.yaml. */
function runtimeOptions(request: RunRequest): Readonly<Record<string, unknown>> {
  return request.getInfo()?.getOptions()?.toJavaScript() ?? {};
}

function nodeArguments(options: Readonly<Record<string, unknown>>): readonly string[] {
  const given = options["nodeargs"];
  return typeof given === "string" ? given.split(/\s+/).filter((word) => word !== "") : [];
}

function describeEnd(end: ProgramEnd): RunResponse {
  const response = new languageMessages.RunResponse();
  if ("failure" in end) {
    response.setError(`Node could not be started: ${end.failure}`);
  } else if ("signal" in end) {
    response.setError(`the program was ended by ${end.signal}`);
  } else if (end.exitCode === userWasTold) {
    response.setBail(true);
  } else if (end.exitCode !== 0) {
    response.setError(`the program ended with exit code ${end.exitCode}`);
  }
  return response;
}
