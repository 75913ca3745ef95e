import { assert, Failure } from "@holdfast/foundation/failure.ts";
import type { Reference } from "@holdfast/protocol/generated/holdfast/v1/failure_pb.ts";
import { ReferenceService } from "@holdfast/protocol/generated/holdfast/v1/identity_pb.ts";
import { type ReferenceSource, resolveReferences } from "../../references/resolve-references.ts";
import type { SecretDependencies } from "../../secrets/secret-life-cycle.ts";
import { type Handler, unary } from "../handler.ts";

/** What runners ask for at the moment of use; served on the tunnel listener only. */
export function referenceHandlers(deps: SecretDependencies): readonly Handler[] {
  return [
    unary(ReferenceService.method.resolveReferences, async (request, { caller }) => {
      assert(caller.kind === "runner", "the tunnel listener proves runners only");
      const values = await resolveReferences(deps, caller, {
        operationId: request.operationId,
        references: request.references.map(sourceOf),
      });
      return { values: values.map(({ value, version }) => ({ value: value.expose(), version })) };
    }),
  ];
}

function sourceOf(reference: Reference, index: number): ReferenceSource {
  const { source, version } = reference;
  switch (source.case) {
    case "secret":
    case "variable":
      return { kind: source.case, name: source.value, version };
    case "literal":
      return { kind: "literal", value: source.value };
    case undefined:
      throw new Failure("request.invalid", "The request is not as it should be.", {
        fields: [
          { field: `references[${index}]`, problem: "must name a secret, a variable or a literal" },
        ],
      });
  }
}
