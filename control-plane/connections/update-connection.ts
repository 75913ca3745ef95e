import { Secret } from "@holdfast/foundation/secret.ts";
import type { ConnectionSettings } from "@holdfast/protocol/generated/holdfast/v1/connection_pb.ts";
import type { Connection } from "./connection.ts";
import {
  type ConnectionDependencies,
  findConnection,
  inlineCredentialsIdentity,
  refuseProblems,
  runnerIdOf,
} from "./create-connection.ts";

/** What may change of a connection; what is undefined stays. */
export interface ConnectionChange {
  readonly description: string | undefined;
  readonly runner: string | undefined;
  readonly settings: ConnectionSettings | undefined;
  readonly inlineDocument: string | undefined;
}

/**
 * Changes a connection; provider and mode stay.
 *
 * @throws {Failure} `connection.not_found`; `request.invalid`; `runner.not_found`.
 */
export async function updateConnection(
  deps: ConnectionDependencies,
  actor: string,
  organizationId: string,
  change: ConnectionChange & { readonly connection: string },
): Promise<Connection> {
  const seen = await findConnection(deps.storage.read, organizationId, change.connection);
  const settings = change.settings ?? seen.settings;
  const description = change.description ?? seen.description;
  const { name, provider, mode, sealedCredentials } = seen;
  refuseProblems({
    name,
    description,
    provider,
    mode,
    settings,
    inlineDocument: change.inlineDocument,
    hasStoredCredentials: sealedCredentials !== undefined,
  });
  // Sealing reads the store, so it comes before the transaction; the identity never changes.
  const sealedAnew =
    change.inlineDocument === undefined
      ? undefined
      : await deps.sealer.seal(
          inlineCredentialsIdentity(organizationId, seen.id),
          new Secret(change.inlineDocument),
        );
  const nowMs = deps.clock.nowMs();
  return await deps.storage.write(async (stores) => {
    // Read again under the lock, so that of two changes at once none takes the other back.
    const present = await findConnection(stores, organizationId, seen.id);
    const connection: Connection = {
      ...present,
      settings: change.settings ?? present.settings,
      description: change.description ?? present.description,
      sealedCredentials: sealedAnew ?? present.sealedCredentials,
      runnerId:
        change.runner === undefined
          ? present.runnerId
          : await runnerIdOf(stores, organizationId, change.runner),
      updatedAtMs: nowMs,
    };
    await stores.connections.update(connection);
    await stores.audit.append(
      {
        organizationId,
        actor,
        action: "connection.updated",
        subject: present.id,
        detail: {
          name: present.name,
          runner_id: connection.runnerId,
          credentials_replaced: sealedAnew !== undefined,
        },
      },
      nowMs,
    );
    return connection;
  });
}

/**
 * Removes a connection and its inline credentials.
 *
 * @throws {Failure} `connection.not_found`
 */
export async function deleteConnection(
  deps: ConnectionDependencies,
  actor: string,
  organizationId: string,
  nameOrId: string,
): Promise<void> {
  await deps.storage.write(async (stores) => {
    const connection = await findConnection(stores, organizationId, nameOrId);
    await stores.connections.delete(organizationId, connection.id);
    await stores.audit.append(
      {
        organizationId,
        actor,
        action: "connection.deleted",
        subject: connection.id,
        detail: { name: connection.name },
      },
      deps.clock.nowMs(),
    );
  });
}
