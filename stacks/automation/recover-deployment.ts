import { z } from "zod";

const resourceSchema = z.looseObject({
  urn: z.string(),
  type: z.string(),
  inputs: z.record(z.string(), z.unknown()).optional(),
});

/** The state of a stack as `pulumi stack export` gives it, as far as recovery looks at it. */
export const deploymentSchema = z.looseObject({
  deployment: z
    .looseObject({
      resources: z.array(resourceSchema).nullish(),
      pending_operations: z
        .array(z.looseObject({ type: z.string(), resource: resourceSchema }))
        .nullish(),
    })
    .nullish(),
});

/** The state of a stack. */
export type Deployment = z.output<typeof deploymentSchema>;

type Resource = z.output<typeof resourceSchema>;

/**
 * Takes the operations that a killed update left pending out of a state. What was being created is put in
 * as if it existed, under the id that imports it; a refresh then tells whether it does.
 */
export function recoverDeployment(exported: Deployment): {
  readonly deployment: Deployment;
  readonly repaired: readonly string[];
} {
  const state = exported.deployment ?? {};
  const pending = state.pending_operations ?? [];
  const resources = state.resources ?? [];
  const known = new Set(resources.map(({ urn }) => urn));
  const adopted = pending
    .filter(({ type, resource }) => type === "creating" && !known.has(resource.urn))
    .flatMap(({ resource }) => {
      const id = importId(resource);
      return id === undefined ? [] : [{ ...resource, id }];
    });
  return {
    deployment: {
      ...exported,
      deployment: { ...state, resources: [...resources, ...adopted], pending_operations: [] },
    },
    repaired: pending.map(({ type, resource }) => `${type} ${nameOf(resource)}`),
  };
}

/**
 * The id that imports an object by its name. Credentials and API keys have none: their secrets went to the
 * update that was killed, so they are made anew.
 */
function importId({ type, inputs = {} }: Resource): string | undefined {
  const { name, organization } = inputs;
  if (typeof name !== "string") {
    return undefined;
  }
  if (type === "holdfast:index:Organization") {
    return name;
  }
  return type.startsWith("holdfast:") && typeof organization === "string"
    ? `${organization}/${name}`
    : undefined;
}

function nameOf({ urn, type }: Resource): string {
  return `${type} ${urn.split("::").at(-1)}`;
}
