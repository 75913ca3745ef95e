import type { Clock } from "@holdfast/foundation/clock.ts";
import type { Random } from "@holdfast/foundation/random.ts";
import type { Secret } from "@holdfast/foundation/secret.ts";
import type { CertificateAuthority } from "../authority/authority.ts";
import type { ApiKey } from "../service-accounts/service-account.ts";
import type { Storage } from "../stores.ts";
import type { Tunnels } from "../tunnel/tunnels.ts";

/** Makes an API key: what is kept of it, and the key itself, which is not. */
export type MintApiKey = (content: {
  readonly serviceAccountId: string;
  readonly organizationId: string;
  readonly description: string;
  /** Undefined for a key without an end, in milliseconds since the epoch. */
  readonly expireAtMs: number | undefined;
}) => { readonly key: ApiKey; readonly token: Secret<string> };

/** What the use cases of runners need. */
export interface RunnerDependencies {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly random: Random;
  readonly authority: CertificateAuthority;
  readonly mintApiKey: MintApiKey;
  readonly tunnels: Tunnels;
  /** Where the credentials file says that the listeners are, `host:port`. */
  readonly endpoints: { readonly tunnel: string; readonly api: string };
  /** How long certificates last if the caller does not say, in milliseconds. */
  readonly certificateLifetimeMs: number;
}
