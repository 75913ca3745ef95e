import { spawn } from "node:child_process";
import languageMessages from "@pulumi/pulumi/proto/language_pb.js";
import { isInstalled, readDependencies } from "./sdk.ts";

type InstallDependenciesResponse = InstanceType<
  typeof languageMessages.InstallDependenciesResponse
>;

/**
 * Installs a program's packages with npm, and sends what npm prints. Where the program finds them all already (a
 * workspace, a linked folder), nothing is installed.
 *
 * @throws {Error} if npm cannot be started or fails.
 */
export async function installDependencies(
  folder: string,
  send: (response: InstallDependenciesResponse) => void,
): Promise<void> {
  if ([...readDependencies(folder).keys()].every((name) => isInstalled(folder, name))) {
    return;
  }
  const child = spawn("npm", ["install", "--loglevel=error", "--no-fund", "--no-audit"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout.on("data", (bytes: Buffer) => {
    const response = new languageMessages.InstallDependenciesResponse();
    response.setStdout(bytes);
    send(response);
  });
  child.stderr.on("data", (bytes: Buffer) => {
    const response = new languageMessages.InstallDependenciesResponse();
    response.setStderr(bytes);
    send(response);
  });
  await new Promise<void>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) {
        resolve();
      } else {
        reject(
          new Error(`npm install in ${folder} ended with ${code}; read what it printed above`),
        );
      }
    });
  });
}
