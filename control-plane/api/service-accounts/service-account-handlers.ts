import type { MessageInitShape } from "@bufbuild/protobuf";
import { Failure } from "@holdfast/foundation/failure.ts";
import {
  AdministratorKeyService,
  type ApiKeySchema,
  Role as RoleMessage,
  type ServiceAccountSchema,
  ServiceAccountService,
} from "@holdfast/protocol/generated/holdfast/v1/service_account_pb.ts";
import { actorOf } from "../../access/caller.ts";
import { administratorName } from "../../service-accounts/ensure-administrator.ts";
import type { ApiKey, Role, ServiceAccount } from "../../service-accounts/service-account.ts";
import {
  createApiKey,
  createServiceAccount,
  deleteServiceAccount,
  findApiKey,
  findServiceAccount,
  revokeApiKey,
  type ServiceAccountDependencies,
  updateServiceAccount,
} from "../../service-accounts/service-account-life-cycle.ts";
import { type Handler, organizationOf, unary } from "../handler.ts";
import { momentOf, momentOrNone, pageQueryOf, pageResponseOf } from "../page-mapping.ts";

/** Everything that callers can do with service accounts and their API keys. */
export function serviceAccountHandlers(deps: ServiceAccountDependencies): readonly Handler[] {
  return [...accountHandlers(deps), ...keyHandlers(deps), ...administratorKeyHandlers(deps)];
}

function accountHandlers(deps: ServiceAccountDependencies): readonly Handler[] {
  const { method } = ServiceAccountService;
  return [
    unary(method.createServiceAccount, async ({ name, description, role }, context) => ({
      serviceAccount: accountToMessage(
        await createServiceAccount(deps, actorOf(context.caller), {
          organizationId: organizationOf(context).id,
          name,
          description,
          role: roleOf(role),
        }),
      ),
    })),
    unary(method.getServiceAccount, async (request, context) => ({
      serviceAccount: accountToMessage(
        await findServiceAccount(
          deps.storage.read,
          organizationOf(context).id,
          request.serviceAccount,
        ),
      ),
    })),
    unary(method.listServiceAccounts, async (request, context) => {
      const page = await deps.storage.read.serviceAccounts.list(organizationOf(context).id, {
        ...pageQueryOf(request.page),
        namePrefix: request.namePrefix,
      });
      return { serviceAccounts: page.entries.map(accountToMessage), page: pageResponseOf(page) };
    }),
    unary(method.updateServiceAccount, async ({ serviceAccount, description, role }, context) => ({
      serviceAccount: accountToMessage(
        await updateServiceAccount(deps, actorOf(context.caller), {
          organizationId: organizationOf(context).id,
          serviceAccount,
          description,
          role: role === undefined ? undefined : roleOf(role),
        }),
      ),
    })),
    unary(method.deleteServiceAccount, async ({ serviceAccount }, context) => {
      const organizationId = organizationOf(context).id;
      await deleteServiceAccount(deps, actorOf(context.caller), { organizationId, serviceAccount });
      return {};
    }),
  ];
}

function keyHandlers(deps: ServiceAccountDependencies): readonly Handler[] {
  const { method } = ServiceAccountService;
  return [
    unary(
      method.createApiKey,
      async ({ serviceAccount, description, lifetimeSeconds }, context) => {
        const minted = await createApiKey(deps, actorOf(context.caller), {
          organizationId: organizationOf(context).id,
          serviceAccount,
          description,
          lifetimeSeconds,
        });
        return { apiKey: keyToMessage(minted.key), token: minted.token.expose() };
      },
    ),
    unary(method.getApiKey, async (request, context) => ({
      apiKey: keyToMessage(
        await findApiKey(deps.storage.read, organizationOf(context).id, request.apiKeyId),
      ),
    })),
    unary(method.listApiKeys, async (request, context) => {
      const organizationId = organizationOf(context).id;
      const account = await findServiceAccount(
        deps.storage.read,
        organizationId,
        request.serviceAccount,
      );
      const page = await deps.storage.read.apiKeys.list(account.id, pageQueryOf(request.page));
      return { apiKeys: page.entries.map(keyToMessage), page: pageResponseOf(page) };
    }),
    unary(method.revokeApiKey, async ({ apiKeyId }, context) => ({
      apiKey: keyToMessage(
        await revokeApiKey(deps, actorOf(context.caller), {
          organizationId: organizationOf(context).id,
          apiKeyId,
        }),
      ),
    })),
  ];
}

function administratorKeyHandlers(deps: ServiceAccountDependencies): readonly Handler[] {
  const { method } = AdministratorKeyService;
  return [
    unary(method.createAdministratorKey, async ({ description, lifetimeSeconds }, { caller }) => {
      const minted = await createApiKey(deps, actorOf(caller), {
        organizationId: undefined,
        serviceAccount: administratorName,
        description,
        lifetimeSeconds,
      });
      return { apiKey: keyToMessage(minted.key), token: minted.token.expose() };
    }),
    unary(method.listAdministratorKeys, async (request) => {
      const account = await findServiceAccount(deps.storage.read, undefined, administratorName);
      const page = await deps.storage.read.apiKeys.list(account.id, pageQueryOf(request.page));
      return { apiKeys: page.entries.map(keyToMessage), page: pageResponseOf(page) };
    }),
    unary(method.revokeAdministratorKey, async ({ apiKeyId }, { caller }) => ({
      apiKey: keyToMessage(
        await revokeApiKey(deps, actorOf(caller), { organizationId: undefined, apiKeyId }),
      ),
    })),
  ];
}

/** @throws {Failure} `request.invalid` */
function roleOf(role: RoleMessage): Role {
  switch (role) {
    case RoleMessage.VIEWER:
      return "viewer";
    case RoleMessage.OPERATOR:
      return "operator";
    case RoleMessage.ADMINISTRATOR:
      return "administrator";
    default:
      throw new Failure("request.invalid", "The service account is not as it should be.", {
        fields: [{ field: "role", problem: "must be viewer, operator or administrator" }],
      });
  }
}

const roleMessages: Readonly<Record<Role, RoleMessage>> = {
  viewer: RoleMessage.VIEWER,
  operator: RoleMessage.OPERATOR,
  administrator: RoleMessage.ADMINISTRATOR,
};

/** A service account as callers see it. */
export function accountToMessage(
  account: ServiceAccount,
): MessageInitShape<typeof ServiceAccountSchema> {
  return {
    id: account.id,
    organizationId: account.organizationId ?? "",
    name: account.name,
    description: account.description,
    role: roleMessages[account.role],
    runnerId: account.runnerId ?? "",
    createdAt: momentOf(account.createdAtMs),
  };
}

/** What is known of a key; never the key. */
function keyToMessage(key: ApiKey): MessageInitShape<typeof ApiKeySchema> {
  return {
    id: key.id,
    serviceAccountId: key.serviceAccountId,
    description: key.description,
    createdAt: momentOf(key.createdAtMs),
    ...momentOrNone("expiresAt", key.expireAtMs),
    ...momentOrNone("revokedAt", key.revokedAtMs),
    ...momentOrNone("lastUsedAt", key.lastUsedAtMs),
  };
}
