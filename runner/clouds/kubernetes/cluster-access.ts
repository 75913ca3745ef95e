import type { Secret } from "@holdfast/foundation/secret.ts";

/** How one cluster is reached, and as whom. */
export interface ClusterAccess {
  readonly host: string;
  readonly port: number;
  /** Path in front of every API path; empty for most. */
  readonly basePath: string;
  /** Certificates that the API server's own is checked against, as PEM. */
  readonly ca: string;
  /** Name to expect in the API server's certificate; undefined means the host. */
  readonly serverName: string | undefined;
  readonly token: Secret<string> | undefined;
  readonly certificate: { readonly pem: string; readonly key: Secret<string> } | undefined;
  /** Whether whoever owns the connection chose these credentials, and not the place the runner is in. */
  readonly isInline: boolean;
}
