import { type Secret, SecretService } from "@holdfast/protocol/generated/holdfast/v1/secret_pb.ts";
import {
  createdAtOutput,
  descriptionProperty,
  nameProperty,
  organizationIdOutput,
  organizationProperty,
  valueProperty,
} from "../common-properties.ts";
import { integer, text } from "../input.ts";
import { made } from "../made.ts";
import { momentText } from "../moment.ts";
import type { PropertyMap } from "../property-value.ts";
import type { Found, ResourceKind } from "../resource-kind.ts";

const { createSecret, getSecret, updateSecret, addSecretVersion, deleteSecret } =
  SecretService.method;

/** A value that is written once and read only by those allowed. */
export const secretKind: ResourceKind = {
  name: "Secret",
  description:
    "A secret: a value that the control plane keeps encrypted and that runners resolve at the moment of use. Another value becomes a new version; earlier versions stay as they are. The provider never reads a value back.",
  inputs: {
    organization: organizationProperty,
    name: nameProperty("secret"),
    description: descriptionProperty,
    value: {
      ...valueProperty("The value: up to 64 KiB. Another one becomes a new version."),
      secret: true,
    },
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
  importId: "organization/secret, each a name or an id",
  unstable: (changed) => (changed.has("value") ? ["version"] : []),
  create: async ({ call }, inputs) => {
    const organization = text(inputs, "organization");
    const response = await call(createSecret, {
      organization,
      name: text(inputs, "name"),
      description: text(inputs, "description"),
      value: text(inputs, "value"),
    });
    return found(made(response.secret), organization, inputs);
  },
  read: async ({ call }, { organization, name, inputs, outputs }) => {
    const { secret } = await call(getSecret, { organization, secret: name });
    // Whoever wrote another version has made the value that we know an old one.
    const isNewest = secret?.version === integer(outputs, "version");
    return secret === undefined ? undefined : found(secret, organization, isNewest ? inputs : {});
  },
  update: async ({ call }, { organization, name, news, changed }) => {
    const which = { organization, secret: name };
    if (changed.has("description")) {
      await call(updateSecret, { ...which, description: text(news, "description") });
    }
    const { secret } = changed.has("value")
      ? await call(addSecretVersion, { ...which, value: text(news, "value") })
      : await call(getSecret, which);
    return found(made(secret), organization, news).outputs;
  },
  remove: async ({ call }, { organization, name }) => {
    await call(deleteSecret, { organization, secret: name });
  },
};

function found(secret: Secret, organization: string, { value }: PropertyMap): Found {
  return {
    id: secret.id,
    inputs: {
      organization,
      name: secret.name,
      description: secret.description,
      ...(value === undefined ? {} : { value }),
    },
    outputs: {
      organizationId: secret.organizationId,
      version: secret.version,
      createdAt: momentText(secret.createdAt),
    },
  };
}
