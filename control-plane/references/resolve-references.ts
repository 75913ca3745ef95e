import { Failure } from "@holdfast/foundation/failure.ts";
import type { Secret } from "@holdfast/foundation/secret.ts";
import { Secret as SecretValue } from "@holdfast/foundation/secret.ts";
import { accessSecretVersion, type SecretDependencies } from "../secrets/secret-life-cycle.ts";
import { findVariable } from "../variables/variable-life-cycle.ts";

const referencesMax = 100;

/** A reference, as a request has it. */
export type ReferenceSource =
  | { readonly kind: "secret"; readonly name: string; readonly version: number }
  | { readonly kind: "variable"; readonly name: string; readonly version: number }
  | { readonly kind: "literal"; readonly value: string };

/** A value that a reference points at. */
export interface ResolvedValue {
  readonly value: Secret<string>;
  readonly version: number;
}

/**
 * Gives a runner the values that one of its running operations refers to, in the order of the
 * references. Each secret that is read is audited with the runner and the operation.
 *
 * @throws {Failure} `request.invalid`; `operation.not_found` if the runner has no such running
 *   operation; `secret.*`; `variable.not_found`.
 */
export async function resolveReferences(
  deps: SecretDependencies,
  runner: { readonly organizationId: string; readonly runnerId: string },
  request: { readonly operationId: string; readonly references: readonly ReferenceSource[] },
): Promise<readonly ResolvedValue[]> {
  const { references } = request;
  if (references.length < 1 || references.length > referencesMax) {
    throw new Failure("request.invalid", "The request is not as it should be.", {
      fields: [{ field: "references", problem: `must be 1 to ${referencesMax}` }],
    });
  }
  const operation = await deps.storage.read.operations.find(
    runner.organizationId,
    request.operationId,
  );
  const isItsOwn = operation?.runnerId === runner.runnerId;
  if (!isItsOwn || (operation.state !== "sent" && operation.state !== "running")) {
    throw new Failure("operation.not_found", "The runner has no such operation under way.");
  }
  const values: ResolvedValue[] = [];
  for (const reference of references) {
    values.push(await resolve(deps, runner, request.operationId, reference));
  }
  return values;
}

async function resolve(
  deps: SecretDependencies,
  runner: { readonly organizationId: string; readonly runnerId: string },
  operationId: string,
  reference: ReferenceSource,
): Promise<ResolvedValue> {
  switch (reference.kind) {
    case "secret":
      return await accessSecretVersion(deps, runner.runnerId, runner.organizationId, {
        secret: reference.name,
        version: reference.version,
        operationId,
      });
    case "variable": {
      const variable = await findVariable(deps.storage.read, runner.organizationId, {
        variable: reference.name,
        version: reference.version,
      });
      return { value: new SecretValue(variable.value), version: variable.version };
    }
    case "literal":
      return { value: new SecretValue(reference.value), version: 0 };
  }
}
