import { iamMember } from "./gcp-iam.ts";
import { projectOf } from "./gcp-project.ts";
import {
  type StandInContext,
  type StandInObject,
  type StandInResource,
  textOf,
  type Values,
} from "./stand-in-provider.ts";

const secretToken = "gcp:secretmanager/secret:Secret";
const versionToken = "gcp:secretmanager/secretVersion:SecretVersion";

/** What became of each version of each secret, by `projects/P/secrets/S/versions/N`. */
export type GcpVersionStates = Map<string, "ENABLED" | "DISABLED" | "DESTROYED">;

/** Secret Manager: secrets, versions that are numbered and never forgotten, and who may read. */
export function gcpSecretManager(
  states: GcpVersionStates,
): Readonly<Record<string, StandInResource>> {
  return {
    [secretToken]: secret,
    [versionToken]: secretVersion(states),
    "gcp:secretmanager/secretIamMember:SecretIamMember": iamMember(["secretId", "project"]),
  };
}

/** resource_secret_manager_secret.go: secret_id, replication and project are ForceNew. */
const secret: StandInResource = {
  replaceOn: ["secretId", "replication", "project"],
  autoName: { property: "secretId", maxLength: 255 },
  deleteBeforeReplace: true,
  defaults: () => ({ deletionProtection: false, deletionPolicy: "DELETE" }),
  create: async (inputs, context) => {
    const project = projectOf(inputs, context);
    const name = `projects/${project}/secrets/${textOf(inputs, "secretId")}`;
    return { id: name, outputs: { project, name, createTime: "2026-11-27T00:00:00Z" } };
  },
  delete: async (id, state) => {
    if (state["deletionProtection"] === true) {
      throw new Error(`cannot destroy secret ${id} without setting deletion_protection=false`);
    }
  },
};

/**
 * resource_secret_manager_secret_version.go: secret, secret_data and is_secret_data_base64 are ForceNew; Delete
 * calls `:disable` or `:destroy`, or nothing, as `deletion_policy` says.
 */
function secretVersion(states: GcpVersionStates): StandInResource {
  return {
    replaceOn: ["secret", "secretData", "isSecretDataBase64"],
    secretOutputs: ["secretData"],
    defaults: () => ({ deletionPolicy: "DELETE", enabled: true, isSecretDataBase64: false }),
    check: ({ secretData }) =>
      typeof secretData === "string" && Buffer.byteLength(secretData) > 65_536
        ? [{ property: "secretData", reason: "must be no larger than 64KiB" }]
        : [],
    create: async (inputs, context) => {
      const parent = secretNamed(textOf(inputs, "secret"), inputs, context);
      if (parent === undefined) {
        throw new Error(
          `Error creating SecretVersion: Error 404: Secret ${textOf(inputs, "secret")} not found`,
        );
      }
      const start = `${parent.id}/versions/`;
      // Numbers are never given twice, whatever became of their versions.
      const earlier = [...states.keys()].filter((name) => name.startsWith(start)).length;
      const version = String(earlier + 1);
      states.set(start + version, "ENABLED");
      return { id: start + version, outputs: { name: start + version, version } };
    },
    delete: async (id, state) => {
      const policy = textOf(state, "deletionPolicy");
      if (policy === "DISABLE") {
        states.set(id, "DISABLED");
      } else if (policy !== "ABANDON") {
        states.set(id, "DESTROYED");
      }
    },
  };
}

/** The secret with that name: `NAME` in the project, or `projects/P/secrets/NAME`. */
export function secretNamed(
  given: string,
  inputs: Values,
  context: StandInContext,
): StandInObject | undefined {
  const name = given.startsWith("projects/")
    ? given
    : `projects/${projectOf(inputs, context)}/secrets/${given}`;
  return context.objects.find(({ token, id }) => token === secretToken && id === name);
}
