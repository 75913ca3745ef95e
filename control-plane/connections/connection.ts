import type {
  AuthenticationMode,
  ConnectionSettings,
} from "@holdfast/protocol/generated/holdfast/v1/connection_pb.ts";
import type { Provider } from "@holdfast/protocol/generated/holdfast/v1/options_pb.ts";

/** How a runner reaches a cloud. */
export interface Connection {
  /** `con_` and 22 base-62 digits. */
  readonly id: string;
  readonly organizationId: string;
  readonly name: string;
  readonly description: string;
  readonly provider: Provider;
  readonly mode: AuthenticationMode;
  readonly runnerId: string;
  readonly settings: ConnectionSettings;
  /** Inline credentials, encrypted; undefined for the other modes. */
  readonly sealedCredentials: Uint8Array | undefined;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}
