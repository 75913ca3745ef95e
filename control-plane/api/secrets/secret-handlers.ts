import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  type SecretSchema,
  SecretService,
} from "@holdfast/protocol/generated/holdfast/v1/secret_pb.ts";
import { actorOf } from "../../access/caller.ts";
import type { ManagedSecret } from "../../secrets/secret.ts";
import {
  accessSecretVersion,
  addSecretVersion,
  createSecret,
  deleteSecret,
  destroySecretVersion,
  findSecret,
  type SecretDependencies,
  updateSecret,
} from "../../secrets/secret-life-cycle.ts";
import { type CallContext, type Handler, organizationOf, unary } from "../handler.ts";
import { momentOf, pageQueryOf, pageResponseOf } from "../page-mapping.ts";

/** Everything that callers can do with secrets. Only `AccessSecretVersion` ever gives a value. */
export function secretHandlers(deps: SecretDependencies): readonly Handler[] {
  const { method } = SecretService;
  const who = ({ caller }: CallContext): string => actorOf(caller);
  return [
    unary(method.createSecret, async (request, context) => ({
      secret: toMessage(
        await createSecret(deps, who(context), organizationOf(context).id, request),
      ),
    })),
    unary(method.getSecret, async (request, context) => ({
      secret: toMessage(
        await findSecret(deps.storage.read, organizationOf(context).id, request.secret),
      ),
    })),
    unary(method.listSecrets, async (request, context) => {
      const page = await deps.storage.read.secrets.list(organizationOf(context).id, {
        ...pageQueryOf(request.page),
        namePrefix: request.namePrefix,
      });
      return { secrets: page.entries.map(toMessage), page: pageResponseOf(page) };
    }),
    unary(method.updateSecret, async (request, context) => ({
      secret: toMessage(
        await updateSecret(deps, who(context), organizationOf(context).id, request),
      ),
    })),
    unary(method.addSecretVersion, async (request, context) => ({
      secret: toMessage(
        await addSecretVersion(deps, who(context), organizationOf(context).id, request),
      ),
    })),
    unary(method.accessSecretVersion, async ({ secret, version }, context) => {
      const read = await accessSecretVersion(deps, who(context), organizationOf(context).id, {
        secret,
        version,
      });
      return { value: read.value.expose(), version: read.version };
    }),
    unary(method.destroySecretVersion, async (request, context) => {
      await destroySecretVersion(deps, who(context), organizationOf(context).id, request);
      return {};
    }),
    unary(method.deleteSecret, async (request, context) => {
      await deleteSecret(deps, who(context), organizationOf(context).id, request.secret);
      return {};
    }),
  ];
}

function toMessage(secret: ManagedSecret): MessageInitShape<typeof SecretSchema> {
  return {
    id: secret.id,
    organizationId: secret.organizationId,
    name: secret.name,
    description: secret.description,
    version: secret.version,
    createdAt: momentOf(secret.createdAtMs),
    updatedAt: momentOf(secret.updatedAtMs),
  };
}
