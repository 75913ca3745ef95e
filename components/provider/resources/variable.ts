import {
  type Variable,
  VariableService,
} from "@holdfast/protocol/generated/holdfast/v1/variable_pb.ts";
import {
  createdAtOutput,
  descriptionProperty,
  nameProperty,
  organizationIdOutput,
  organizationProperty,
  valueProperty,
} from "../common-properties.ts";
import { text } from "../input.ts";
import { made } from "../made.ts";
import { momentText } from "../moment.ts";
import type { Found, ResourceKind } from "../resource-kind.ts";

const { createVariable, getVariable, updateVariable, deleteVariable } = VariableService.method;

/** A value that is no secret. */
export const variableKind: ResourceKind = {
  name: "Variable",
  description:
    "A variable: a value that is no secret and that runners resolve at the moment of use. Another value becomes a new version.",
  inputs: {
    organization: organizationProperty,
    name: nameProperty("variable"),
    description: descriptionProperty,
    value: valueProperty("The value: up to 64 KiB. Another one becomes a new version."),
  },
  outputs: {
    organizationId: organizationIdOutput,
    version: {
      type: "integer",
      description: "The newest version; versions count from 1.",
      required: true,
      min: 1,
      max: 4_294_967_295,
    },
    createdAt: createdAtOutput,
  },
  hasUniqueName: true,
  importId: "organization/variable, each a name or an id",
  unstable: (changed) => (changed.has("value") ? ["version"] : []),
  create: async ({ call }, inputs) => {
    const organization = text(inputs, "organization");
    const response = await call(createVariable, {
      organization,
      name: text(inputs, "name"),
      description: text(inputs, "description"),
      value: text(inputs, "value"),
    });
    return found(made(response.variable), organization);
  },
  read: async ({ call }, { organization, name }) => {
    const { variable } = await call(getVariable, { organization, variable: name });
    return variable === undefined ? undefined : found(variable, organization);
  },
  update: async ({ call }, { organization, name, news }) => {
    const response = await call(updateVariable, {
      organization,
      variable: name,
      description: text(news, "description"),
      value: text(news, "value"),
    });
    return found(made(response.variable), organization).outputs;
  },
  remove: async ({ call }, { organization, name }) => {
    await call(deleteVariable, { organization, variable: name });
  },
};

function found(variable: Variable, organization: string): Found {
  return {
    id: variable.id,
    inputs: {
      organization,
      name: variable.name,
      description: variable.description,
      value: variable.value,
    },
    outputs: {
      organizationId: variable.organizationId,
      version: variable.version,
      createdAt: momentText(variable.createdAt),
    },
  };
}
