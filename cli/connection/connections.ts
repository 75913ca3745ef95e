import { resolve } from "node:path";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { Failure } from "@holdfast/foundation/failure.ts";
import {
  AuthenticationMode,
  type Connection,
  ConnectionSchema,
  ConnectionService,
  ConnectionSettingsSchema,
  type InlineCredentialsSchema,
} from "@holdfast/protocol/generated/holdfast/v1/connection_pb.ts";
import { Provider } from "@holdfast/protocol/generated/holdfast/v1/options_pb.ts";
import { readPages } from "../api/pages.ts";
import { withSession } from "../api/session.ts";
import type { CommandCall } from "../command.ts";
import { readFileUpTo } from "../files/private-file.ts";
import { confirm } from "../output/confirm.ts";
import { enumValue, enumWord } from "../output/enum-words.ts";
import {
  ago,
  messageToJson,
  moment,
  printDone,
  printMany,
  printOne,
  type View,
} from "../output/print.ts";
import { readConnectionSettings } from "./settings.ts";

const { method } = ConnectionService;

const inlineBytesMax = 256 * 1024;

const view: View<typeof ConnectionSchema> = {
  schema: ConnectionSchema,
  columns: (clock) => [
    { title: "name", of: ({ name }) => name },
    { title: "provider", of: ({ provider }) => enumWord(Provider, provider) },
    { title: "mode", of: ({ mode }) => enumWord(AuthenticationMode, mode) },
    { title: "runner", of: ({ runnerId }) => runnerId },
    { title: "updated", of: ({ updatedAt }) => ago(updatedAt, clock) },
  ],
  details: () => [
    { title: "description", of: ({ description }) => description },
    { title: "settings", of: settingsText },
    {
      title: "inline credentials",
      of: ({ hasInlineCredentials }) => (hasInlineCredentials ? "stored, encrypted" : ""),
    },
    { title: "id", of: ({ id }) => id },
    { title: "created at", of: ({ createdAt }) => moment(createdAt) },
  ],
};

function settingsText({ settings }: Connection): string {
  return settings === undefined
    ? ""
    : JSON.stringify(messageToJson(ConnectionSettingsSchema, settings));
}

/** `holdfast connection create`. */
export async function createConnection(call: CommandCall): Promise<undefined> {
  const { options } = call;
  const [name = ""] = call.arguments;
  const provider = enumValue(Provider, options.requiredText("provider"), "--provider");
  const mode = enumValue(AuthenticationMode, options.requiredText("mode"), "--mode");
  const runner = options.requiredText("runner");
  const changes = await readChanges(call);
  return await withSession(call, async (session) => {
    const { organization } = session;
    const request = { organization, name, provider, mode, runner, ...changes };
    const answer = await session.call(method.createConnection, request);
    return await printOne(call, view, answer.connection);
  });
}

/** `holdfast connection get`. */
export async function getConnection(call: CommandCall): Promise<undefined> {
  const [connection = ""] = call.arguments;
  return await withSession(call, async (session) => {
    const request = { organization: session.organization, connection };
    const answer = await session.call(method.getConnection, request);
    return await printOne(call, view, answer.connection);
  });
}

/** `holdfast connection list`. */
export async function listConnections(call: CommandCall): Promise<undefined> {
  const namePrefix = call.options.text("prefix") ?? "";
  const word = call.options.text("provider");
  const provider =
    word === undefined ? Provider.UNSPECIFIED : enumValue(Provider, word, "--provider");
  return await withSession(call, async (session) => {
    const { organization } = session;
    const items = await readPages(async (page) => {
      const request = { organization, page, namePrefix, provider };
      const answer = await session.call(method.listConnections, request);
      return { items: answer.connections, page: answer.page };
    });
    return await printMany(call, view, items);
  });
}

/** `holdfast connection update`. */
export async function updateConnection(call: CommandCall): Promise<undefined> {
  const [connection = ""] = call.arguments;
  const runner = call.options.text("runner");
  const changes = await readChanges(call);
  return await withSession(call, async (session) => {
    const answer = await session.call(method.updateConnection, {
      organization: session.organization,
      connection,
      ...(runner === undefined ? {} : { runner }),
      ...changes,
    });
    return await printOne(call, view, answer.connection);
  });
}

/** `holdfast connection delete`. */
export async function deleteConnection(call: CommandCall): Promise<undefined> {
  const [connection = ""] = call.arguments;
  await confirm(call, `Delete the connection ${connection} for good?`);
  return await withSession(call, async (session) => {
    await session.call(method.deleteConnection, { organization: session.organization, connection });
    return await printDone(call, `deleted connection ${connection}`, { deleted: connection });
  });
}

interface Changes {
  readonly description?: string;
  readonly settings?: MessageInitShape<typeof ConnectionSettingsSchema>;
  readonly inlineCredentials?: MessageInitShape<typeof InlineCredentialsSchema>;
}

/** What `create` and `update` have in common; only what was given. */
async function readChanges(call: CommandCall): Promise<Changes> {
  const description = call.options.text("description");
  const settings = await readConnectionSettings(call);
  const inlineCredentials = await readInlineCredentials(call);
  return {
    ...(description === undefined ? {} : { description }),
    ...(settings === undefined ? {} : { settings }),
    ...(inlineCredentials === undefined ? {} : { inlineCredentials }),
  };
}

/** Credentials come from a file or standard input: an argument would be seen by everyone on the machine. */
async function readInlineCredentials({
  options,
  world,
}: CommandCall): Promise<Changes["inlineCredentials"]> {
  const path = options.text("inline-credentials-file");
  if (path === undefined) {
    return undefined;
  }
  const bytes =
    path === "-"
      ? await world.terminal.readInput(inlineBytesMax)
      : await readFileUpTo(resolve(world.folder, path), inlineBytesMax);
  if (bytes.length > inlineBytesMax) {
    throw new Failure(
      "request.too_large",
      `The credentials have more than ${inlineBytesMax} bytes.`,
    );
  }
  return { document: new TextDecoder().decode(bytes) };
}
