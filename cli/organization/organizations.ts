import {
  OrganizationSchema,
  OrganizationService,
} from "@holdfast/protocol/generated/holdfast/v1/organization_pb.ts";
import { readPages } from "../api/pages.ts";
import { withSession } from "../api/session.ts";
import type { CommandCall } from "../command.ts";
import { confirm } from "../output/confirm.ts";
import { ago, moment, printDone, printMany, printOne, type View } from "../output/print.ts";

const { method } = OrganizationService;

const view: View<typeof OrganizationSchema> = {
  schema: OrganizationSchema,
  columns: (clock) => [
    { title: "name", of: ({ name }) => name },
    { title: "display name", of: ({ displayName }) => displayName },
    { title: "id", of: ({ id }) => id },
    { title: "created", of: ({ createdAt }) => ago(createdAt, clock) },
  ],
  details: () => [{ title: "created at", of: ({ createdAt }) => moment(createdAt) }],
};

/** `holdfast organization create`. */
export async function createOrganization(call: CommandCall): Promise<undefined> {
  const [name = ""] = call.arguments;
  return await withSession(call, async (session) => {
    const displayName = call.options.text("display-name") ?? "";
    const answer = await session.call(method.createOrganization, { name, displayName });
    return await printOne(call, view, answer.organization);
  });
}

/** `holdfast organization get`. */
export async function getOrganization(call: CommandCall): Promise<undefined> {
  const [organization = ""] = call.arguments;
  return await withSession(call, async (session) => {
    const answer = await session.call(method.getOrganization, { organization });
    return await printOne(call, view, answer.organization);
  });
}

/** `holdfast organization list`. */
export async function listOrganizations(call: CommandCall): Promise<undefined> {
  const namePrefix = call.options.text("prefix") ?? "";
  return await withSession(call, async (session) => {
    const items = await readPages(async (page) => {
      const answer = await session.call(method.listOrganizations, { page, namePrefix });
      return { items: answer.organizations, page: answer.page };
    });
    return await printMany(call, view, items);
  });
}

/** `holdfast organization update`. */
export async function updateOrganization(call: CommandCall): Promise<undefined> {
  const [organization = ""] = call.arguments;
  const displayName = call.options.requiredText("display-name");
  return await withSession(call, async (session) => {
    const answer = await session.call(method.updateOrganization, { organization, displayName });
    return await printOne(call, view, answer.organization);
  });
}

/** `holdfast organization delete`. */
export async function deleteOrganization(call: CommandCall): Promise<undefined> {
  const [organization = ""] = call.arguments;
  await confirm(call, `Delete the organization ${organization} for good?`);
  return await withSession(call, async (session) => {
    await session.call(method.deleteOrganization, { organization });
    return await printDone(call, `deleted organization ${organization}`, { deleted: organization });
  });
}
