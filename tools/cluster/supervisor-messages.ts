import type { ClusterKind } from "./slots.ts";

/** What a supervisor is to hold; its one argument, in JSON. */
export interface SupervisorOrder {
  readonly kind: ClusterKind;
  readonly name: string;
  /** Folder in which the cluster makes its own; the system's for temporary files if absent. */
  readonly stateParent: string | undefined;
  /** Whether the cluster stays after whoever ordered it has gone. */
  readonly detached: boolean;
}

/** What those who ordered a cluster need to know of it. */
export interface ReadyCluster {
  readonly adminKubeconfigPath: string;
  readonly kubectl: string;
  readonly hostAddress: string;
  readonly namespacesPid: number | undefined;
}

/** A line of a supervisor's standard output, in JSON. */
export type SupervisorMessage =
  | { readonly progress: string }
  | { readonly ready: ReadyCluster }
  | { readonly failed: string };
