import { z } from "zod";

/**
 * What is read of the API server's answers (core/v1, apps/v1). Only what may leave the runner is named:
 * everything else is dropped on reading, environment and arguments of containers among it.
 */
const metadataSchema = z.object({
  name: z.string().default(""),
  namespace: z.string().default(""),
  uid: z.string().default(""),
  creationTimestamp: z.string().nullish(),
  labels: z.record(z.string(), z.string()).nullish(),
  ownerReferences: z
    .array(z.object({ kind: z.string(), name: z.string(), controller: z.boolean().optional() }))
    .nullish(),
});

const containerSchema = z.object({ name: z.string(), image: z.string().default("") });

const containerStateSchema = z.object({
  waiting: z.object({ reason: z.string().optional() }).optional(),
  running: z.object({}).optional(),
  terminated: z
    .object({ reason: z.string().optional(), exitCode: z.number().optional() })
    .optional(),
});

const containerStatusSchema = z.object({
  name: z.string(),
  ready: z.boolean().default(false),
  restartCount: z.number().default(0),
  state: containerStateSchema.optional(),
});

/** core/v1, Pod. */
export const podSchema = z.object({
  metadata: metadataSchema,
  spec: z.object({
    nodeName: z.string().optional(),
    serviceAccountName: z.string().optional(),
    containers: z.array(containerSchema),
    initContainers: z.array(containerSchema).nullish(),
  }),
  status: z
    .object({
      phase: z.string().optional(),
      podIP: z.string().optional(),
      reason: z.string().optional(),
      containerStatuses: z.array(containerStatusSchema).nullish(),
      initContainerStatuses: z.array(containerStatusSchema).nullish(),
    })
    .optional(),
});

/** core/v1, Namespace. */
export const namespaceSchema = z.object({
  metadata: metadataSchema,
  status: z.object({ phase: z.string().optional() }).optional(),
});

/** apps/v1, Deployment. */
export const deploymentSchema = z.object({
  metadata: metadataSchema,
  spec: z.object({
    replicas: z.number().optional(),
    template: z.object({ spec: z.object({ containers: z.array(containerSchema) }) }),
  }),
  status: z
    .object({
      readyReplicas: z.number().optional(),
      updatedReplicas: z.number().optional(),
      availableReplicas: z.number().optional(),
    })
    .optional(),
});

/** A page of a list (meta/v1, ListMeta). */
export const listSchema = z.object({
  metadata: z.object({ continue: z.string().optional() }),
  items: z.array(z.unknown()),
});

export type Pod = z.output<typeof podSchema>;
export type Namespace = z.output<typeof namespaceSchema>;
export type Deployment = z.output<typeof deploymentSchema>;
export type Metadata = z.output<typeof metadataSchema>;
export type ContainerStatus = z.output<typeof containerStatusSchema>;
