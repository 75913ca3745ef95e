import type { DescMethodUnary, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { FieldProblem } from "@holdfast/foundation/failure.ts";
import type { Properties } from "./property.ts";
import type { PropertyMap } from "./property-value.ts";

/** What a resource needs to reach the control plane and to tell the person who waits. */
export interface Surroundings {
  /**
   * Calls a method of the API.
   *
   * @throws {Failure} as the control plane says, or `control_plane.unavailable`.
   */
  call<I extends DescMethodUnary["input"], O extends DescMethodUnary["output"]>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
  ): Promise<MessageShape<O>>;
  /** Shows a line to whoever runs Pulumi. */
  inform(line: string): void;
}

/** An object of the control plane, as it is now. */
export interface Found {
  /** Id as the state keeps it. */
  readonly id: string;
  /** Inputs that would make it as it is; what cannot be read is left out. */
  readonly inputs: PropertyMap;
  /** What is known beyond the inputs. */
  readonly outputs: PropertyMap;
}

/** Which object is meant. */
export interface Reference {
  /** Name or id of its organization. */
  readonly organization: string;
  /** Its id, or its name where it is imported. */
  readonly name: string;
  /** The state knows it: inputs and outputs are the last ones. Empty where it is imported. */
  readonly inputs: PropertyMap;
  readonly outputs: PropertyMap;
}

/** The state before an update, and what is wanted. */
export interface Update extends Reference {
  /** Wanted inputs, checked. */
  readonly news: PropertyMap;
  /** Names of inputs that differ. */
  readonly changed: ReadonlySet<string>;
}

/** Everything that the provider knows of one kind of resource. */
export interface ResourceKind {
  /** Name of the class, such as `Runner`; its token is `holdfast:index:Runner`. */
  readonly name: string;
  /** For the schema and its readers. */
  readonly description: string;
  readonly inputs: Properties;
  /** What there is beyond the inputs; inputs are outputs as well. */
  readonly outputs: Properties;
  /** True where two of the same name cannot be: then the old one goes before the new one comes. */
  readonly hasUniqueName: boolean;
  /** What an import id looks like, or undefined where importing makes no sense. */
  readonly importId: string | undefined;
  /** Rules across properties; what is unknown yet must pass. */
  readonly rule?: (inputs: PropertyMap) => readonly FieldProblem[];
  /** Outputs that an update of these inputs changes; all others stay. */
  readonly unstable: (changed: ReadonlySet<string>) => readonly string[];
  readonly create: (surroundings: Surroundings, inputs: PropertyMap) => Promise<Found>;
  /** Undefined if there is no such object (any more). */
  readonly read: (surroundings: Surroundings, which: Reference) => Promise<Found | undefined>;
  readonly update: (surroundings: Surroundings, update: Update) => Promise<PropertyMap>;
  /** @throws {Failure} of the kind `missing` if it is gone already, which counts as success. */
  readonly remove: (surroundings: Surroundings, which: Reference) => Promise<void>;
}
