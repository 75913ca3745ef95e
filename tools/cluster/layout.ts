import { join } from "node:path";
import type { Slot } from "./slots.ts";

/** Where everything of one cluster is. All paths are absolute. */
export interface ClusterLayout {
  readonly slot: Slot;
  /** The one node's name. */
  readonly node: string;
  /** Folder that holds all files of the cluster, and is removed with it. */
  readonly state: string;
  /** Folder with the programs of Kubernetes. */
  readonly bin: string;
  readonly certificates: string;
  readonly logs: string;
  /** Address and port of the API server, and where it keeps its objects. */
  readonly api: { readonly address: string; readonly port: number };
  readonly controllerPort: number;
  readonly etcd: { readonly clientPort: number; readonly peerPort: number };
}

/** The file that lets one of the cluster's own parts, or its administrator, talk to the API server. */
export function kubeconfigPath(layout: ClusterLayout, identity: string): string {
  return join(layout.state, `${identity}.kubeconfig`);
}

/** A file of the cluster's authority: `ca.crt`, `admin.key`. */
export function certificatePath(layout: ClusterLayout, file: string): string {
  return join(layout.certificates, file);
}
