import { Failure } from "@holdfast/foundation/failure.ts";
import type { Secret } from "@holdfast/foundation/secret.ts";
import type { PulumiSource } from "@holdfast/protocol/generated/holdfast/v1/operations_pulumi_pb.ts";
import { searchPath } from "./child-environment.ts";
import type { PrivateFolder } from "./private-folder.ts";
import type { PulumiParts } from "./pulumi-cli.ts";
import { checkOutCommit } from "./source-git.ts";

/** Where a source goes, and with what. */
export interface SourceTarget {
  readonly folder: PrivateFolder;
  readonly parts: PulumiParts;
  readonly signal: AbortSignal;
}

/** Puts the program into the source folder. @throws {Failure} `pulumi.source_invalid`. */
export async function obtainSource(
  source: PulumiSource | undefined,
  gitPassword: Secret<string> | undefined,
  { folder, parts, signal }: SourceTarget,
): Promise<void> {
  const given = source?.source;
  if (given?.case === "archive") {
    // tar-stream is loaded by the first operation that needs it.
    const { unpackArchive } = await import("./source-archive.ts");
    await unpackArchive(given.value, folder.source, signal);
    return;
  }
  if (given?.case === "git") {
    const { url, commit, username } = given.value;
    await checkOutCommit({ url, commit, username, password: gitPassword }, folder, {
      ...parts,
      searchPath: searchPath(parts.settings),
      signal,
    });
    return;
  }
  throw new Failure("pulumi.source_invalid", "The request has no source.");
}
