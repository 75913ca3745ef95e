import {
  Role,
  ServiceAccountSchema,
  ServiceAccountService,
} from "@holdfast/protocol/generated/holdfast/v1/service_account_pb.ts";
import { readPages } from "../api/pages.ts";
import { withSession } from "../api/session.ts";
import type { CommandCall } from "../command.ts";
import { confirm } from "../output/confirm.ts";
import { enumValue, enumWord } from "../output/enum-words.ts";
import { ago, moment, printDone, printMany, printOne, type View } from "../output/print.ts";

const { method } = ServiceAccountService;

/** How a service account is shown. */
export const serviceAccountView: View<typeof ServiceAccountSchema> = {
  schema: ServiceAccountSchema,
  columns: (clock) => [
    { title: "name", of: ({ name }) => name },
    { title: "role", of: ({ role }) => enumWord(Role, role) },
    { title: "runner", of: ({ runnerId }) => runnerId },
    { title: "id", of: ({ id }) => id },
    { title: "created", of: ({ createdAt }) => ago(createdAt, clock) },
  ],
  details: () => [
    { title: "description", of: ({ description }) => description },
    { title: "created at", of: ({ createdAt }) => moment(createdAt) },
  ],
};

/** `holdfast service-account create`. */
export async function createServiceAccount(call: CommandCall): Promise<undefined> {
  const [name = ""] = call.arguments;
  const role = enumValue(Role, call.options.requiredText("role"), "--role");
  const description = call.options.text("description") ?? "";
  return await withSession(call, async (session) => {
    const request = { organization: session.organization, name, description, role };
    const answer = await session.call(method.createServiceAccount, request);
    return await printOne(call, serviceAccountView, answer.serviceAccount);
  });
}

/** `holdfast service-account get`. */
export async function getServiceAccount(call: CommandCall): Promise<undefined> {
  const [serviceAccount = ""] = call.arguments;
  return await withSession(call, async (session) => {
    const request = { organization: session.organization, serviceAccount };
    const answer = await session.call(method.getServiceAccount, request);
    return await printOne(call, serviceAccountView, answer.serviceAccount);
  });
}

/** `holdfast service-account list`. */
export async function listServiceAccounts(call: CommandCall): Promise<undefined> {
  const namePrefix = call.options.text("prefix") ?? "";
  return await withSession(call, async (session) => {
    const { organization } = session;
    const items = await readPages(async (page) => {
      const request = { organization, page, namePrefix };
      const answer = await session.call(method.listServiceAccounts, request);
      return { items: answer.serviceAccounts, page: answer.page };
    });
    return await printMany(call, serviceAccountView, items);
  });
}

/** `holdfast service-account update`. */
export async function updateServiceAccount(call: CommandCall): Promise<undefined> {
  const [serviceAccount = ""] = call.arguments;
  const role = call.options.text("role");
  const description = call.options.text("description");
  return await withSession(call, async (session) => {
    const answer = await session.call(method.updateServiceAccount, {
      organization: session.organization,
      serviceAccount,
      ...(role === undefined ? {} : { role: enumValue(Role, role, "--role") }),
      ...(description === undefined ? {} : { description }),
    });
    return await printOne(call, serviceAccountView, answer.serviceAccount);
  });
}

/** `holdfast service-account delete`. */
export async function deleteServiceAccount(call: CommandCall): Promise<undefined> {
  const [serviceAccount = ""] = call.arguments;
  await confirm(call, `Revoke the API keys of ${serviceAccount} and delete it for good?`);
  return await withSession(call, async (session) => {
    const request = { organization: session.organization, serviceAccount };
    await session.call(method.deleteServiceAccount, request);
    return await printDone(call, `deleted service account ${serviceAccount}`, {
      deleted: serviceAccount,
    });
  });
}
