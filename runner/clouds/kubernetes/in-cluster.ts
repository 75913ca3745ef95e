import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "@holdfast/foundation/failure.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import type { ClusterAccess } from "./cluster-access.ts";

/** Where a pod finds its own identity. */
export interface InClusterSettings {
  /** Folder with `token` and `ca.crt`. */
  readonly identityFolder: string;
  /** Host of the API server; undefined outside of a cluster. */
  readonly host: string | undefined;
  readonly port: string | undefined;
}

/**
 * The runner's own identity in the cluster that it is a pod of: the projected token of its service
 * account. It is read anew for each use, because the kubelet replaces it well before it expires.
 *
 * source: security model, "Rotating a cloud credential needs no action in Holdfast".
 *
 * @throws {Failure} `cloud.identity_missing` if the runner is not a pod or has no token.
 */
export async function readInClusterAccess(settings: InClusterSettings): Promise<ClusterAccess> {
  if (settings.host === undefined || settings.host === "") {
    throw new Failure(
      "cloud.identity_missing",
      "The connection uses the runner's own identity in a cluster, and the runner is not a pod of one.",
    );
  }
  const token = await readPart(settings.identityFolder, "token");
  const ca = await readPart(settings.identityFolder, "ca.crt");
  return {
    host: settings.host,
    port: Number(settings.port ?? "443"),
    basePath: "",
    ca,
    serverName: undefined,
    token: new Secret(token.trim()),
    certificate: undefined,
    isInline: false,
  };
}

async function readPart(folder: string, name: string): Promise<string> {
  return await readFile(join(folder, name), "utf8").catch((cause: unknown) => {
    throw new Failure(
      "cloud.identity_missing",
      `The runner has no identity in its cluster: ${join(folder, name)} cannot be read. Give its pod a service account and mount the token.`,
      { cause },
    );
  });
}
