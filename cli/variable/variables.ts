import {
  VariableSchema,
  VariableService,
} from "@holdfast/protocol/generated/holdfast/v1/variable_pb.ts";
import { readPages } from "../api/pages.ts";
import { withSession } from "../api/session.ts";
import type { CommandCall } from "../command.ts";
import { confirm } from "../output/confirm.ts";
import { ago, moment, printDone, printMany, printOne, type View } from "../output/print.ts";

const { method } = VariableService;

const view: View<typeof VariableSchema> = {
  schema: VariableSchema,
  columns: (clock) => [
    { title: "name", of: ({ name }) => name },
    { title: "value", of: ({ value }) => value },
    { title: "version", of: ({ version }) => String(version) },
    { title: "updated", of: ({ updatedAt }) => ago(updatedAt, clock) },
  ],
  details: () => [
    { title: "description", of: ({ description }) => description },
    { title: "id", of: ({ id }) => id },
    { title: "created at", of: ({ createdAt }) => moment(createdAt) },
  ],
};

/** `holdfast variable create`. */
export async function createVariable(call: CommandCall): Promise<undefined> {
  const [name = "", value = ""] = call.arguments;
  const description = call.options.text("description") ?? "";
  return await withSession(call, async (session) => {
    const request = { organization: session.organization, name, value, description };
    const answer = await session.call(method.createVariable, request);
    return await printOne(call, view, answer.variable);
  });
}

/** `holdfast variable get`. */
export async function getVariable(call: CommandCall): Promise<undefined> {
  const [variable = ""] = call.arguments;
  const version = call.options.count("version") ?? 0;
  return await withSession(call, async (session) => {
    const request = { organization: session.organization, variable, version };
    const answer = await session.call(method.getVariable, request);
    return await printOne(call, view, answer.variable);
  });
}

/** `holdfast variable list`. */
export async function listVariables(call: CommandCall): Promise<undefined> {
  const namePrefix = call.options.text("prefix") ?? "";
  return await withSession(call, async (session) => {
    const { organization } = session;
    const items = await readPages(async (page) => {
      const answer = await session.call(method.listVariables, { organization, page, namePrefix });
      return { items: answer.variables, page: answer.page };
    });
    return await printMany(call, view, items);
  });
}

/** `holdfast variable update`. */
export async function updateVariable(call: CommandCall): Promise<undefined> {
  const [variable = ""] = call.arguments;
  const value = call.options.text("value");
  const description = call.options.text("description");
  return await withSession(call, async (session) => {
    const answer = await session.call(method.updateVariable, {
      organization: session.organization,
      variable,
      ...(value === undefined ? {} : { value }),
      ...(description === undefined ? {} : { description }),
    });
    return await printOne(call, view, answer.variable);
  });
}

/** `holdfast variable delete`. */
export async function deleteVariable(call: CommandCall): Promise<undefined> {
  const [variable = ""] = call.arguments;
  await confirm(call, `Delete the variable ${variable} with all its versions for good?`);
  return await withSession(call, async (session) => {
    await session.call(method.deleteVariable, { organization: session.organization, variable });
    return await printDone(call, `deleted variable ${variable}`, { deleted: variable });
  });
}
