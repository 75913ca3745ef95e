import { problemsIf } from "./gcp-iam.ts";
import { projectOf } from "./gcp-project.ts";
import { type GcpVersionStates, secretNamed } from "./gcp-secret-manager.ts";
import {
  type InputProblem,
  isValues,
  PartialFailure,
  type StandInContext,
  type StandInObject,
  type StandInResource,
  textOf,
  type Value,
  type Values,
  valueAt,
} from "./stand-in-provider.ts";

/**
 * Cloud Run's worker pools, which look at every secret when they are deployed.
 *
 * @param refusedTries how many deployments find that a grant does not hold yet, after it was made.
 */
export function gcpCloudRun(
  states: GcpVersionStates,
  refusedTries: number,
): Readonly<Record<string, StandInResource>> {
  const tries = new WeakMap<StandInObject, number>();
  /** Whether the grant holds by now: the first deployments after it are refused. */
  const holds = (grant: StandInObject): boolean => {
    const done = tries.get(grant) ?? 0;
    tries.set(grant, done + 1);
    return done >= refusedTries;
  };
  const refusalOf = refusals(states, holds);
  return {
    "gcp:cloudrunv2/workerPool:WorkerPool": {
      // resource_cloud_run_v2_worker_pool.go: location, name and project are ForceNew; the template is not.
      replaceOn: ["location", "name", "project"],
      autoName: { property: "name", maxLength: 49 },
      deleteBeforeReplace: true,
      computedOnUpdate: ["generation", "etag", "latestReadyRevision", "latestCreatedRevision"],
      defaults: () => ({ deletionProtection: true }),
      check: poolProblems,
      create: async (inputs, context) => {
        const project = projectOf(inputs, context);
        const id = `projects/${project}/locations/${textOf(inputs, "location")}/workerPools/${textOf(inputs, "name")}`;
        const made = { id, outputs: { project, ...revision(inputs, 1) } };
        const refusal = refusalOf(inputs, context);
        if (refusal !== undefined) {
          // The pool is there already when the wait for it fails, and its id is kept (same file, Create).
          throw new PartialFailure(`Error waiting to create WorkerPool: ${refusal}`, made);
        }
        return made;
      },
      update: async (id, inputs, state, context) => {
        const refusal = refusalOf(inputs, context);
        if (refusal !== undefined) {
          // Bridged providers say what they know of an object whose update failed (pulumi-terraform-bridge,
          // pkg/tfbridge/provider.go, Update).
          throw new PartialFailure(`Error waiting for Updating WorkerPool: ${refusal}`, {
            id,
            outputs: { ...state, ...inputs },
          });
        }
        return revision(inputs, Number(textOf(state, "generation")) + 1);
      },
      delete: async (_id, state) => {
        if (state["deletionProtection"] !== false) {
          throw new Error("cannot destroy WorkerPool without setting deletion_protection=false");
        }
      },
    },
  };
}

function revision(inputs: Values, generation: number): Values {
  const name = `${textOf(inputs, "name")}-${String(generation).padStart(5, "0")}`;
  return {
    uid: "00000000-0000-4000-8000-000000000000",
    generation: String(generation),
    etag: `"${generation}"`,
    latestCreatedRevision: name,
    latestReadyRevision: name,
  };
}

/** Why Cloud Run does not deploy: "Configure secrets for worker pools", "How secrets are checked". */
function refusals(
  states: GcpVersionStates,
  holds: (grant: StandInObject) => boolean,
): (inputs: Values, context: StandInContext) => string | undefined {
  return (inputs, context) => {
    const email = textOf(objectOf(inputs["template"]), "serviceAccount");
    for (const reference of secretReferences(inputs)) {
      const given = textOf(reference, "secret");
      const secret = secretNamed(given, inputs, context);
      const name = `${secret?.id ?? given}/versions/${textOf(reference, "version")}`;
      // Secrets of others are not seen here.
      if (secret !== undefined && states.get(name) !== "ENABLED") {
        return `Secret ${name} was not found or is disabled`;
      }
      const grant = grantOf(email, secret?.id ?? given, context);
      if (grant === undefined || !holds(grant)) {
        return `Error code 7, message: Permission denied on secret: ${name} for Revision service account ${email}. The service account used must be granted the 'Secret Manager Secret Accessor' role (roles/secretmanager.secretAccessor) at the secret, project or higher level.`;
      }
    }
    return undefined;
  };
}

function grantOf(
  email: string,
  secretId: string,
  { objects }: StandInContext,
): StandInObject | undefined {
  return objects.find(
    ({ token, inputs }) =>
      token === "gcp:secretmanager/secretIamMember:SecretIamMember" &&
      inputs["member"] === `serviceAccount:${email}` &&
      inputs["role"] === "roles/secretmanager.secretAccessor" &&
      inputs["secretId"] === secretId,
  );
}

function secretReferences(inputs: Values): readonly Values[] {
  return containersOf(inputs).flatMap((container) =>
    listOf(container["envs"]).flatMap((variable) => {
      const reference = valueAt(variable, "valueSource.secretKeyRef");
      return isValues(reference) ? [reference] : [];
    }),
  );
}

/** "Configure CPU limits for worker pools", "vCPU and memory table"; "Resource names". */
function poolProblems(inputs: Values): readonly InputProblem[] {
  const names = containersOf(inputs).flatMap((container) =>
    listOf(container["envs"]).map((variable) => textOf(variable, "name")),
  );
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  return [
    ...problemsIf(
      "name",
      inputs["name"],
      /^[a-z](?:[-a-z0-9]{0,47}[a-z0-9])?$/,
      "must be at most 49 characters of [a-z]([-a-z0-9]*[a-z0-9])",
    ),
    ...twice.map((name) => ({
      property: "template.containers",
      reason: `has the variable ${name} twice`,
    })),
    ...containersOf(inputs).flatMap(({ resources }) => limitProblems(valueAt(resources, "limits"))),
  ];
}

const memoryMaxMebibytes: Readonly<Record<string, number>> = {
  1: 4_096,
  2: 8_192,
  4: 16_384,
  6: 24_576,
  8: 32_768,
};

function limitProblems(limits: Value | undefined): readonly InputProblem[] {
  const property = "template.containers[0].resources.limits";
  const cpu = textOf(objectOf(limits), "cpu");
  const memory = textOf(objectOf(limits), "memory");
  if (cpu === "" || memory === "") {
    return [];
  }
  const maximum = memoryMaxMebibytes[cpu];
  const mebibytes = Number(/^(\d+)Mi$/.exec(memory)?.[1] ?? "0");
  return maximum === undefined || mebibytes < 512 || mebibytes > maximum
    ? [{ property, reason: `cpu ${cpu} with memory ${memory} is not allowed` }]
    : [];
}

function containersOf(inputs: Values): readonly Values[] {
  return listOf(valueAt(inputs, "template.containers"));
}

function listOf(value: Value | undefined): readonly Values[] {
  return Array.isArray(value) ? value.filter(isValues) : [];
}

function objectOf(value: Value | undefined): Values {
  return isValues(value) ? value : {};
}
