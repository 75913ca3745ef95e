import { SecretSchema, SecretService } from "@holdfast/protocol/generated/holdfast/v1/secret_pb.ts";
import { readPages } from "../api/pages.ts";
import { withSession } from "../api/session.ts";
import type { CommandCall } from "../command.ts";
import { readSecretValue } from "../files/read-value.ts";
import { confirm } from "../output/confirm.ts";
import {
  ago,
  formatJson,
  moment,
  printDone,
  printMany,
  printOne,
  type View,
} from "../output/print.ts";

const { method } = SecretService;

const view: View<typeof SecretSchema> = {
  schema: SecretSchema,
  columns: (clock) => [
    { title: "name", of: ({ name }) => name },
    { title: "version", of: ({ version }) => String(version) },
    { title: "updated", of: ({ updatedAt }) => ago(updatedAt, clock) },
    { title: "description", of: ({ description }) => description },
  ],
  details: () => [
    { title: "id", of: ({ id }) => id },
    { title: "created at", of: ({ createdAt }) => moment(createdAt) },
  ],
};

/** `holdfast secret create`. */
export async function createSecret(call: CommandCall): Promise<undefined> {
  const [name = ""] = call.arguments;
  const description = call.options.text("description") ?? "";
  const value = await readSecretValue(call);
  return await withSession(call, async (session) => {
    const { organization } = session;
    const request = { organization, name, description, value: value.expose() };
    const answer = await session.call(method.createSecret, request);
    return await printOne(call, view, answer.secret);
  });
}

/** `holdfast secret get`. */
export async function getSecret(call: CommandCall): Promise<undefined> {
  const [secret = ""] = call.arguments;
  return await withSession(call, async (session) => {
    const { organization } = session;
    const answer = await session.call(method.getSecret, { organization, secret });
    return await printOne(call, view, answer.secret);
  });
}

/** `holdfast secret list`. */
export async function listSecrets(call: CommandCall): Promise<undefined> {
  const namePrefix = call.options.text("prefix") ?? "";
  return await withSession(call, async (session) => {
    const { organization } = session;
    const items = await readPages(async (page) => {
      const answer = await session.call(method.listSecrets, { organization, page, namePrefix });
      return { items: answer.secrets, page: answer.page };
    });
    return await printMany(call, view, items);
  });
}

/** `holdfast secret update`. */
export async function updateSecret(call: CommandCall): Promise<undefined> {
  const [secret = ""] = call.arguments;
  const description = call.options.requiredText("description");
  return await withSession(call, async (session) => {
    const { organization } = session;
    const answer = await session.call(method.updateSecret, { organization, secret, description });
    return await printOne(call, view, answer.secret);
  });
}

/** `holdfast secret add-version`. */
export async function addSecretVersion(call: CommandCall): Promise<undefined> {
  const [secret = ""] = call.arguments;
  const value = await readSecretValue(call);
  return await withSession(call, async (session) => {
    const request = { organization: session.organization, secret, value: value.expose() };
    const answer = await session.call(method.addSecretVersion, request);
    return await printOne(call, view, answer.secret);
  });
}

/** `holdfast secret access`: the value and nothing else, without a newline unless somebody looks. */
export async function accessSecret(call: CommandCall): Promise<undefined> {
  const [secret = ""] = call.arguments;
  const version = call.options.count("version") ?? 0;
  return await withSession(call, async (session) => {
    const request = { organization: session.organization, secret, version };
    const answer = await session.call(method.accessSecretVersion, request);
    const { terminal } = call.world;
    const plain = terminal.isOutputSeen ? `${answer.value}\n` : answer.value;
    await terminal.write(
      call.options.flag("json")
        ? formatJson({ value: answer.value, version: answer.version })
        : plain,
    );
    return undefined;
  });
}

/** `holdfast secret destroy-version`. */
export async function destroySecretVersion(call: CommandCall): Promise<undefined> {
  const [secret = ""] = call.arguments;
  call.options.requiredText("version");
  const version = call.options.count("version") ?? 0;
  await confirm(call, `Wipe version ${version} of the secret ${secret} for good?`);
  return await withSession(call, async (session) => {
    const request = { organization: session.organization, secret, version };
    await session.call(method.destroySecretVersion, request);
    return await printDone(call, `destroyed version ${version} of secret ${secret}`, {
      destroyed: { secret, version },
    });
  });
}

/** `holdfast secret delete`. */
export async function deleteSecret(call: CommandCall): Promise<undefined> {
  const [secret = ""] = call.arguments;
  await confirm(call, `Delete the secret ${secret} with all its versions for good?`);
  return await withSession(call, async (session) => {
    await session.call(method.deleteSecret, { organization: session.organization, secret });
    return await printDone(call, `deleted secret ${secret}`, { deleted: secret });
  });
}
