import { resolve } from "node:path";
import type { MessageShape } from "@bufbuild/protobuf";
import { Failure } from "@holdfast/foundation/failure.ts";
import {
  AdministratorKeyService,
  type ApiKey,
  ApiKeySchema,
  type CreateApiKeyResponseSchema,
  ServiceAccountService,
} from "@holdfast/protocol/generated/holdfast/v1/service_account_pb.ts";
import { readPages } from "../api/pages.ts";
import { type Session, withSession } from "../api/session.ts";
import type { CommandCall } from "../command.ts";
import { parseDurationSeconds } from "../duration.ts";
import { type ReservedFile, reservePrivateFile } from "../files/private-file.ts";
import { confirm } from "../output/confirm.ts";
import {
  ago,
  formatJson,
  messageToJson,
  moment,
  printMany,
  printOne,
  type View,
} from "../output/print.ts";

const { method } = ServiceAccountService;
const administratorMethod = AdministratorKeyService.method;

const view: View<typeof ApiKeySchema> = {
  schema: ApiKeySchema,
  columns: (clock) => [
    { title: "id", of: ({ id }) => id },
    { title: "state", of: stateOf },
    { title: "created", of: ({ createdAt }) => ago(createdAt, clock) },
    { title: "expires", of: ({ expiresAt }) => ago(expiresAt, clock) },
    { title: "last used", of: ({ lastUsedAt }) => ago(lastUsedAt, clock) },
    { title: "description", of: ({ description }) => description },
  ],
  details: () => [
    { title: "service account", of: ({ serviceAccountId }) => serviceAccountId },
    { title: "revoked at", of: ({ revokedAt }) => moment(revokedAt) },
  ],
};

function stateOf({ revokedAt }: ApiKey): string {
  return revokedAt === undefined ? "valid" : "revoked";
}

/**
 * The service account whose keys are meant; undefined for the installation's administrator.
 *
 * @throws {Failure} `cli.usage` unless exactly one of the two is named.
 */
function accountOf({ options }: CommandCall): string | undefined {
  const account = options.text("service-account");
  if (options.flag("administrator") === (account !== undefined)) {
    throw new Failure("cli.usage", "Name one of --service-account and --administrator.");
  }
  return account;
}

/** `holdfast api-key create`: the place for the key is reserved before the key is minted. */
export async function createApiKey(call: CommandCall): Promise<undefined> {
  const { options, world } = call;
  const account = accountOf(call);
  const path = options.text("output-file");
  const file =
    path === undefined
      ? undefined
      : await reservePrivateFile(resolve(world.folder, path), "cli.file_exists", world.random);
  try {
    return await withSession(call, async (session) => {
      const minted = await mint(call, session, account);
      await file?.append(`${minted.token}\n`);
      await file?.commit();
      return await show(call, minted, file);
    });
  } finally {
    await file?.release();
  }
}

type Minted = Pick<MessageShape<typeof CreateApiKeyResponseSchema>, "apiKey" | "token">;

async function mint(
  { options }: CommandCall,
  session: Session,
  serviceAccount: string | undefined,
): Promise<Minted> {
  const lifetime = options.text("lifetime");
  const content = {
    description: options.text("description") ?? "",
    lifetimeSeconds: lifetime === undefined ? 0 : parseDurationSeconds(lifetime, "--lifetime"),
  };
  if (serviceAccount === undefined) {
    return await session.call(administratorMethod.createAdministratorKey, content);
  }
  const { organization } = session;
  return await session.call(method.createApiKey, { ...content, organization, serviceAccount });
}

async function show(
  call: CommandCall,
  { apiKey, token }: Minted,
  file: ReservedFile | undefined,
): Promise<undefined> {
  const { options, world } = call;
  const known = apiKey === undefined ? {} : messageToJson(ApiKeySchema, apiKey);
  if (options.flag("json")) {
    const where = file === undefined ? { token } : { file: file.path };
    await world.terminal.write(formatJson({ apiKey: known, ...where }));
  } else if (file === undefined) {
    await world.terminal.write(`${token}\n`);
    world.terminal.note("This key is not shown again.");
  } else {
    await printOne(call, view, apiKey);
    world.terminal.note(`wrote ${file.path}`);
  }
  return undefined;
}

/** `holdfast api-key get`. */
export async function getApiKey(call: CommandCall): Promise<undefined> {
  const [apiKeyId = ""] = call.arguments;
  return await withSession(call, async (session) => {
    const answer = await session.call(method.getApiKey, {
      organization: session.organization,
      apiKeyId,
    });
    return await printOne(call, view, answer.apiKey);
  });
}

/** `holdfast api-key list`. */
export async function listApiKeys(call: CommandCall): Promise<undefined> {
  const serviceAccount = accountOf(call);
  return await withSession(call, async (session) => {
    const items = await readPages(async (page) => {
      const answer =
        serviceAccount === undefined
          ? await session.call(administratorMethod.listAdministratorKeys, { page })
          : await session.call(method.listApiKeys, {
              organization: session.organization,
              serviceAccount,
              page,
            });
      return { items: answer.apiKeys, page: answer.page };
    });
    return await printMany(call, view, items);
  });
}

/** `holdfast api-key revoke`. */
export async function revokeApiKey(call: CommandCall): Promise<undefined> {
  const [apiKeyId = ""] = call.arguments;
  await confirm(call, `Revoke the API key ${apiKeyId} for good?`);
  return await withSession(call, async (session) => {
    const answer = call.options.flag("administrator")
      ? await session.call(administratorMethod.revokeAdministratorKey, { apiKeyId })
      : await session.call(method.revokeApiKey, { organization: session.organization, apiKeyId });
    return await printOne(call, view, answer.apiKey);
  });
}
