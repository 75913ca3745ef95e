import {
  AuthenticationMode,
  type Connection,
  ConnectionService,
} from "@holdfast/protocol/generated/holdfast/v1/connection_pb.ts";
import { Provider } from "@holdfast/protocol/generated/holdfast/v1/options_pb.ts";
import {
  createdAtOutput,
  descriptionProperty,
  nameProperty,
  organizationIdOutput,
  organizationProperty,
} from "../common-properties.ts";
import { map, text } from "../input.ts";
import { made } from "../made.ts";
import { momentText } from "../moment.ts";
import { type PropertyMap, sameValue } from "../property-value.ts";
import type { Found, ResourceKind } from "../resource-kind.ts";
import { wordsOf } from "../words.ts";
import { checkConnection } from "./connection-rule.ts";
import {
  connectionSettingsProperty,
  readSettings,
  tidySettings,
  writeSettings,
} from "./connection-settings.ts";

const { createConnection, getConnection, updateConnection, deleteConnection } =
  ConnectionService.method;

const providers = wordsOf([
  ["aws", Provider.AWS],
  ["gcp", Provider.GCP],
  ["azure", Provider.AZURE],
  ["kubernetes", Provider.KUBERNETES],
  ["pulumi", Provider.PULUMI],
]);

const modes = wordsOf([
  ["inline", AuthenticationMode.INLINE],
  ["runner-delegated", AuthenticationMode.RUNNER_DELEGATED],
  ["cross-account-trust", AuthenticationMode.CROSS_ACCOUNT_TRUST],
]);

/** How a runner reaches a cloud. */
export const connectionKind: ResourceKind = {
  name: "Connection",
  description:
    "A connection: how a runner reaches a cloud, a cluster or a Pulumi state backend. One authentication mode never falls back to another.",
  inputs: {
    organization: organizationProperty,
    name: nameProperty("connection"),
    description: descriptionProperty,
    provider: {
      type: "string",
      description: "What it reaches. Another one replaces the connection.",
      required: true,
      replaces: true,
      values: providers.words,
    },
    mode: {
      type: "string",
      description:
        "How the runner comes by an identity: `runner-delegated` uses that of the place it runs in (no credential is stored anywhere), `cross-account-trust` assumes a role, `inline` sends stored credentials sealed to the runner. Another one replaces the connection.",
      required: true,
      replaces: true,
      values: modes.words,
    },
    runner: {
      type: "string",
      description: "Name or id of the runner that its operations go to.",
      required: true,
    },
    settings: connectionSettingsProperty,
    inlineCredentials: {
      type: "string",
      description:
        "The provider's own form: a kubeconfig (YAML), a service-account key (JSON), or a JSON object with access_key_id, secret_access_key and session_token (AWS), or client_id and client_secret (Azure). Needed for the mode `inline`, refused for the others.",
      secret: true,
      rule: (value) => (value === "" ? "must not be empty" : undefined),
    },
  },
  outputs: {
    organizationId: organizationIdOutput,
    runnerId: {
      type: "string",
      description: "Id of the runner, whatever the program calls it by.",
      required: true,
    },
    createdAt: createdAtOutput,
  },
  hasUniqueName: true,
  importId: "organization/connection, each a name or an id",
  rule: checkConnection,
  unstable: (changed) => (changed.has("runner") ? ["runnerId"] : []),
  create: async ({ call }, inputs) => {
    const organization = text(inputs, "organization");
    const response = await call(createConnection, {
      organization,
      name: text(inputs, "name"),
      provider: providers.value(text(inputs, "provider")),
      mode: modes.value(text(inputs, "mode")),
      ...changeable(inputs),
    });
    return found(made(response.connection), { organization, inputs, outputs: {} });
  },
  read: async ({ call }, which) => {
    const { organization, name } = which;
    const { connection } = await call(getConnection, { organization, connection: name });
    return connection === undefined ? undefined : found(connection, which);
  },
  update: async ({ call }, update) => {
    const { organization, name, news } = update;
    const response = await call(updateConnection, {
      organization,
      connection: name,
      ...changeable(news),
    });
    return found(made(response.connection), update).outputs;
  },
  remove: async ({ call }, { organization, name }) => {
    await call(deleteConnection, { organization, connection: name });
  },
};

function changeable(inputs: PropertyMap) {
  const document = text(inputs, "inlineCredentials");
  return {
    description: text(inputs, "description"),
    runner: text(inputs, "runner"),
    settings: writeSettings(map(inputs, "settings") ?? {}),
    ...(document === "" ? {} : { inlineCredentials: { document } }),
  };
}

interface Known {
  readonly organization: string;
  readonly inputs: PropertyMap;
  readonly outputs: PropertyMap;
}

/** Where the state has another spelling of the same thing, the state's stays. */
function found(connection: Connection, known: Known): Found {
  const { inlineCredentials, settings: knownSettings, runner } = known.inputs;
  const settings = readSettings(connection.settings);
  const isSameRunner =
    runner !== undefined &&
    (known.outputs["runnerId"] ?? connection.runnerId) === connection.runnerId;
  const isSame = knownSettings !== undefined && sameValue(tidySettings(knownSettings), settings);
  return {
    id: connection.id,
    inputs: {
      organization: known.organization,
      name: connection.name,
      description: connection.description,
      provider: providers.word(connection.provider),
      mode: modes.word(connection.mode),
      runner: isSameRunner ? runner : connection.runnerId,
      ...(isSame ? { settings: knownSettings } : present("settings", settings)),
      ...(inlineCredentials !== undefined && connection.hasInlineCredentials
        ? { inlineCredentials }
        : {}),
    },
    outputs: {
      organizationId: connection.organizationId,
      runnerId: connection.runnerId,
      createdAt: momentText(connection.createdAt),
    },
  };
}

function present(name: string, value: PropertyMap): PropertyMap {
  return Object.keys(value).length === 0 ? {} : { [name]: value };
}
