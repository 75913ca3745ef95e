import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  type ConnectionSchema,
  ConnectionService,
} from "@holdfast/protocol/generated/holdfast/v1/connection_pb.ts";
import { Provider } from "@holdfast/protocol/generated/holdfast/v1/options_pb.ts";
import { actorOf } from "../../access/caller.ts";
import type { Connection } from "../../connections/connection.ts";
import {
  type ConnectionDependencies,
  createConnection,
  findConnection,
} from "../../connections/create-connection.ts";
import { deleteConnection, updateConnection } from "../../connections/update-connection.ts";
import { type Handler, organizationOf, unary } from "../handler.ts";
import { momentOf, pageQueryOf, pageResponseOf } from "../page-mapping.ts";

/** Everything that callers can do with connections. */
export function connectionHandlers(deps: ConnectionDependencies): readonly Handler[] {
  const { method } = ConnectionService;
  return [
    unary(method.createConnection, async (request, context) => ({
      connection: toMessage(
        await createConnection(deps, actorOf(context.caller), organizationOf(context).id, {
          name: request.name,
          description: request.description,
          provider: request.provider,
          mode: request.mode,
          runner: request.runner,
          settings: request.settings,
          inlineDocument: request.inlineCredentials?.document,
        }),
      ),
    })),
    unary(method.getConnection, async (request, context) => ({
      connection: toMessage(
        await findConnection(deps.storage.read, organizationOf(context).id, request.connection),
      ),
    })),
    unary(method.listConnections, async (request, context) => {
      const page = await deps.storage.read.connections.list(organizationOf(context).id, {
        ...pageQueryOf(request.page),
        namePrefix: request.namePrefix,
        provider: request.provider === Provider.UNSPECIFIED ? undefined : request.provider,
      });
      return { connections: page.entries.map(toMessage), page: pageResponseOf(page) };
    }),
    unary(method.updateConnection, async (request, context) => ({
      connection: toMessage(
        await updateConnection(deps, actorOf(context.caller), organizationOf(context).id, {
          connection: request.connection,
          description: request.description,
          runner: request.runner,
          settings: request.settings,
          inlineDocument: request.inlineCredentials?.document,
        }),
      ),
    })),
    unary(method.deleteConnection, async (request, context) => {
      await deleteConnection(
        deps,
        actorOf(context.caller),
        organizationOf(context).id,
        request.connection,
      );
      return {};
    }),
  ];
}

/** A connection as callers see it: its credentials are never returned. */
function toMessage(connection: Connection): MessageInitShape<typeof ConnectionSchema> {
  return {
    id: connection.id,
    organizationId: connection.organizationId,
    name: connection.name,
    description: connection.description,
    provider: connection.provider,
    mode: connection.mode,
    runnerId: connection.runnerId,
    settings: connection.settings,
    hasInlineCredentials: connection.sealedCredentials !== undefined,
    createdAt: momentOf(connection.createdAtMs),
    updatedAt: momentOf(connection.updatedAtMs),
  };
}
