import { create } from "@bufbuild/protobuf";
import type { Clock } from "@holdfast/foundation/clock.ts";
import { Failure } from "@holdfast/foundation/failure.ts";
import { makeIdentifier } from "@holdfast/foundation/identifier.ts";
import type { Random } from "@holdfast/foundation/random.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import { ConnectionSettingsSchema } from "@holdfast/protocol/generated/holdfast/v1/connection_pb.ts";
import type { RecordIdentity, Sealer } from "../encryption/sealer.ts";
import type { Storage, Stores } from "../stores.ts";
import type { Connection } from "./connection.ts";
import { type ConnectionDraft, connectionProblems } from "./validate-connection.ts";

/** What the use cases of connections need. */
export interface ConnectionDependencies {
  readonly storage: Storage;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly random: Random;
}

/** What identifies the inline credentials of a connection, for the sealer. */
export function inlineCredentialsIdentity(
  organizationId: string,
  connectionId: string,
): RecordIdentity {
  return {
    organizationId,
    table: "connection",
    recordId: connectionId,
    field: "inline_credentials",
    version: 1,
  };
}

/**
 * Makes a connection.
 *
 * @throws {Failure} `request.invalid` with everything that is wrong; `runner.not_found`;
 *   `connection.exists`.
 */
export async function createConnection(
  deps: ConnectionDependencies,
  actor: string,
  organizationId: string,
  draft: ConnectionDraft & { readonly runner: string },
): Promise<Connection> {
  refuseProblems(draft);
  const id = makeIdentifier("con", deps.random);
  const nowMs = deps.clock.nowMs();
  const sealedCredentials =
    draft.inlineDocument === undefined
      ? undefined
      : await deps.sealer.seal(
          inlineCredentialsIdentity(organizationId, id),
          new Secret(draft.inlineDocument),
        );
  return await deps.storage.write(async (stores) => {
    const connection: Connection = {
      id,
      organizationId,
      name: draft.name,
      description: draft.description,
      provider: draft.provider,
      mode: draft.mode,
      runnerId: await runnerIdOf(stores, organizationId, draft.runner),
      settings: draft.settings ?? create(ConnectionSettingsSchema),
      sealedCredentials,
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
    };
    await stores.connections.insert(connection);
    await stores.audit.append(
      {
        organizationId,
        actor,
        action: "connection.created",
        subject: id,
        detail: { name: draft.name, runner_id: connection.runnerId },
      },
      nowMs,
    );
    return connection;
  });
}

/** @throws {Failure} `request.invalid` with everything that is wrong. */
export function refuseProblems(draft: ConnectionDraft): void {
  const fields = connectionProblems(draft);
  if (fields.length > 0) {
    throw new Failure("request.invalid", "The connection is not as it should be.", { fields });
  }
}

/** @throws {Failure} `runner.not_found` */
export async function runnerIdOf(
  stores: Stores,
  organizationId: string,
  nameOrId: string,
): Promise<string> {
  const runner = await stores.runners.find(organizationId, nameOrId);
  if (runner === undefined) {
    throw new Failure("runner.not_found", "There is no such runner in the organization.", {
      fields: [
        { field: "runner", problem: "must be the name or id of a runner of the organization" },
      ],
    });
  }
  return runner.id;
}

/** @throws {Failure} `connection.not_found` */
export async function findConnection(
  stores: Stores,
  organizationId: string,
  nameOrId: string,
): Promise<Connection> {
  const connection = await stores.connections.find(organizationId, nameOrId);
  if (connection === undefined) {
    throw new Failure("connection.not_found", "There is no such connection in the organization.");
  }
  return connection;
}
