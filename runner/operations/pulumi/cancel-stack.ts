import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { PulumiCancelInput } from "@holdfast/protocol/generated/holdfast/v1/operations_pulumi_pb.ts";
import { stringify } from "yaml";
import type { OperationContext } from "../operation.ts";
import { makePrivateFolder } from "./private-folder.ts";
import { checkCli, PulumiCli, type PulumiParts } from "./pulumi-cli.ts";
import { backendOf, resolveValues } from "./stack-values.ts";

/**
 * Removes the lock of a stack.
 *
 * `wasLocked` is looked up where the backend is a folder. Others do not tell: there it is true
 * whenever the CLI found the stack and did not fail.
 *
 * @throws {Failure} `cloud.not_found` if the backend has no such stack, `pulumi.*`.
 */
export async function cancelStack(
  input: PulumiCancelInput,
  context: OperationContext,
  parts: PulumiParts,
): Promise<{ readonly wasLocked: boolean }> {
  await checkCli(parts.settings);
  const settings = backendOf(context);
  const folder = await makePrivateFolder(parts.stateFolder, context.operationId);
  try {
    const values = await resolveValues(context, settings, {
      configuration: {},
      environment: {},
      gitPassword: undefined,
    });
    // The CLI takes the project from the folder that it runs in.
    const project = stringify({ name: input.project, runtime: "yaml" });
    await writeFile(join(folder.source, "Pulumi.yaml"), project);
    const wasLocked = await hasLock(settings.backendUrl, input);
    const cli = new PulumiCli(parts, folder, values.child, values.masker);
    const command = ["cancel", "--yes", "--stack", input.stack];
    await cli.mustRun(folder.source, command, context.signal);
    return { wasLocked };
  } finally {
    await folder.remove();
  }
}

/** Locks of a folder backend are files (pkg/backend/diy/lock.go). */
async function hasLock(backendUrl: string, input: PulumiCancelInput): Promise<boolean> {
  if (!backendUrl.startsWith("file://")) {
    return true;
  }
  const root = fileURLToPath(backendUrl);
  const place = join(root, ".pulumi", "locks", "organization", input.project, input.stack);
  const names = await readdir(place).catch(() => []);
  return names.some((name) => name.endsWith(".json"));
}
