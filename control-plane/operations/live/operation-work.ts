import { create } from "@bufbuild/protobuf";
import { Failure } from "@holdfast/foundation/failure.ts";
import type { Secret } from "@holdfast/foundation/secret.ts";
import { AuthenticationMode } from "@holdfast/protocol/generated/holdfast/v1/connection_pb.ts";
import {
  type OpenConnection,
  OpenConnectionSchema,
  OperationCallerSchema,
} from "@holdfast/protocol/generated/holdfast/v1/tunnel_pb.ts";
import type { Connection } from "../../connections/connection.ts";
import type { ConnectionStore } from "../../connections/connection-store.ts";
import type { Tunnel, TunnelOperationRequest } from "../../tunnel/tunnels.ts";
import type { Operation } from "../operation.ts";

/** What is needed to send an operation, and kept in memory only until it was sent. */
export interface OperationWork {
  readonly input: Uint8Array;
  readonly connection: Connection | undefined;
  readonly outputBytesMax: number;
  readonly caller: { readonly serviceAccountId: string; readonly serviceAccountName: string };
}

/** What sealed credentials are bound to, so that they open for nobody and nothing else. */
export interface SealingContext {
  readonly organizationId: string;
  readonly connectionId: string;
  readonly runnerId: string;
  readonly operationId: string;
}

/** Where credentials come from at the moment of dispatch. */
export interface WorkSources {
  readonly connections: ConnectionStore;
  /** Decrypts the inline credentials of a connection. */
  readonly openCredentials: (connection: Connection) => Promise<Secret<string>>;
  /** Encrypts to a runner's HPKE public key (RFC 9180). */
  readonly seal: (
    publicKey: Uint8Array,
    context: SealingContext,
    plaintext: Uint8Array,
  ) => Promise<Uint8Array>;
}

/** An operation on its way into one tunnel. */
export interface Departure {
  readonly operation: Operation;
  readonly work: OperationWork;
  readonly tunnel: Tunnel;
  readonly nowMs: number;
}

/**
 * Makes what goes through the tunnel. Inline credentials are opened here and sealed to that very
 * tunnel's key; the other modes carry no credential material at all.
 *
 * @throws {Failure} `secret.undecryptable`, `cloud.credentials_invalid`.
 */
export async function tunnelRequest(
  sources: WorkSources,
  departure: Departure,
): Promise<TunnelOperationRequest> {
  const { operation, work } = departure;
  const { connection } = work;
  return {
    operationId: operation.id,
    kind: operation.kind,
    input: work.input,
    connection: connection === undefined ? undefined : openConnection(connection),
    sealedCredentials:
      connection?.mode === AuthenticationMode.INLINE
        ? await sealedCredentials(sources, departure, connection)
        : undefined,
    deadlineMs: Math.max(1, operation.deadlineAtMs - departure.nowMs),
    outputBytesMax: work.outputBytesMax,
    caller: create(OperationCallerSchema, work.caller),
  };
}

/**
 * The work of an operation that has waited, with the connection as it is now.
 *
 * @throws {Failure} `connection.not_found` or `request.conflict` if it must not be used any more.
 */
export async function refreshWork(
  connections: ConnectionStore,
  operation: Operation,
  work: OperationWork,
): Promise<OperationWork> {
  if (work.connection === undefined) {
    return work;
  }
  const connection = await connections.find(operation.organizationId, work.connection.id);
  if (connection === undefined) {
    throw new Failure(
      "connection.not_found",
      "The connection was deleted while the operation waited for the runner.",
    );
  }
  if (connection.runnerId !== operation.runnerId) {
    throw new Failure(
      "request.conflict",
      "The connection was given to another runner while the operation waited.",
    );
  }
  return { ...work, connection };
}

/** What the runner needs to know of a connection: nothing secret. */
function openConnection(connection: Connection): OpenConnection {
  const { id, name, provider, mode, settings } = connection;
  return create(OpenConnectionSchema, { id, name, provider, mode, settings });
}

async function sealedCredentials(
  sources: WorkSources,
  departure: Departure,
  connection: Connection,
): Promise<Uint8Array> {
  if (connection.sealedCredentials === undefined) {
    throw new Failure("cloud.credentials_invalid", "The connection has no inline credentials.");
  }
  const { operation, tunnel } = departure;
  const document = await sources.openCredentials(connection);
  const plaintext = new TextEncoder().encode(document.expose());
  try {
    return await sources.seal(
      tunnel.identity.sealingPublicKey,
      {
        organizationId: operation.organizationId,
        connectionId: connection.id,
        runnerId: operation.runnerId,
        operationId: operation.id,
      },
      plaintext,
    );
  } finally {
    plaintext.fill(0);
  }
}
