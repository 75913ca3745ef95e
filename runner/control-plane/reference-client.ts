import { Failure } from "@holdfast/foundation/failure.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import type { Reference } from "@holdfast/protocol/generated/holdfast/v1/failure_pb.ts";
import { ReferenceService } from "@holdfast/protocol/generated/holdfast/v1/identity_pb.ts";
import type { ApiClient } from "@holdfast/protocol/grpc/client.ts";
import type { References, ResolvedValue } from "../operations/operation.ts";

/** How long the control plane may take to answer, in milliseconds. */
const deadlineMs = 15_000;

/** As many as one request takes (identity.proto). */
const referencesMax = 100;

/**
 * Resolves references of one operation at the control plane, through the channel of the tunnel that
 * the operation came through. Nothing is kept: what is needed twice is asked for twice.
 */
export function referencesOf(client: ApiClient, operationId: string): References {
  return {
    resolve: async (references, signal) => {
      const asked = references.filter(({ source }) => source.case !== "literal");
      const answers = (await resolveAll(client, operationId, asked, signal)).values();
      return references.map((reference) => resolvedValue(reference, answers));
    },
  };
}

async function resolveAll(
  client: ApiClient,
  operationId: string,
  references: readonly Reference[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const values: string[] = [];
  for (let from = 0; from < references.length; from += referencesMax) {
    const part = references.slice(from, from + referencesMax);
    const answer = await client.call(
      ReferenceService.method.resolveReferences,
      { operationId, references: part },
      { deadlineMs, signal },
    );
    if (answer.values.length !== part.length) {
      throw new Failure("protocol.violated", "The control plane answered with too few values.");
    }
    values.push(...answer.values.map(({ value }) => value));
  }
  return values;
}

function resolvedValue({ source }: Reference, answers: Iterator<string>): ResolvedValue {
  if (source.case === "literal") {
    return { value: new Secret(source.value), isSecret: false };
  }
  const next = answers.next();
  return {
    value: new Secret(next.done === true ? "" : next.value),
    isSecret: source.case === "secret",
  };
}
