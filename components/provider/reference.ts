import { Failure } from "@holdfast/foundation/failure.ts";
import { text } from "./input.ts";
import type { PropertyMap } from "./property-value.ts";
import type { Reference, ResourceKind } from "./resource-kind.ts";

/** What the state has of a resource; no properties at all where it is being imported. */
interface Known {
  readonly id: string;
  readonly inputs: PropertyMap;
  readonly outputs: PropertyMap;
}

/**
 * Which object of the control plane a resource of the state, or an import, is.
 *
 * @throws {Failure} `request.invalid` if the id does not say, or the kind cannot be imported.
 */
export function makeReference(kind: ResourceKind, known: Known): Reference {
  const { id, inputs, outputs } = known;
  const organization = text(inputs, "organization") || text(outputs, "organization");
  if (kind.importId === undefined) {
    if (organization === "") {
      throw invalid(
        `A resource ${kind.name} cannot be imported: its secret is returned only once. Let Pulumi make a new one.`,
      );
    }
    return { organization, name: id, inputs, outputs };
  }
  if (!Object.hasOwn(kind.inputs, "organization")) {
    return { organization: id, name: id, inputs, outputs };
  }
  const [first = "", second, ...rest] = id.split("/");
  if (second !== undefined && second !== "" && first !== "" && rest.length === 0) {
    return { organization: organization || first, name: second, inputs, outputs };
  }
  if (organization === "" || second !== undefined) {
    throw invalid(`The import id of a resource ${kind.name} is ${kind.importId}.`);
  }
  return { organization, name: id, inputs, outputs };
}

function invalid(message: string): Failure {
  return new Failure("request.invalid", message, {
    fields: [{ field: "id", problem: "does not name an object of the control plane" }],
  });
}
