import type { DescMethod, DescService } from "@bufbuild/protobuf";
import { getOption } from "@bufbuild/protobuf";
import { assert } from "@holdfast/foundation/failure.ts";
import { KubernetesOperations } from "../generated/holdfast/v1/operations_kubernetes_pb.ts";
import { PulumiOperations } from "../generated/holdfast/v1/operations_pulumi_pb.ts";
import { RunnerOperations } from "../generated/holdfast/v1/operations_runner_pb.ts";
import { Effect, operation, Provider } from "../generated/holdfast/v1/options_pb.ts";

/** One entry of the catalog of operations: what both sides know of a kind, read from the schema. */
export interface CatalogEntry {
  /** What a caller writes, such as `kubernetes.pods.list`. */
  readonly kind: string;
  /** Provider that the connection must have; unspecified where none is needed. */
  readonly provider: Provider;
  /** What it may do to the world. */
  readonly effect: Effect;
  /** Whether it streams items; else it has one output. */
  readonly isStream: boolean;
  /** Input message; output or item message; comments. */
  readonly method: DescMethod;
}

const services: readonly DescService[] = [RunnerOperations, KubernetesOperations, PulumiOperations];

/** The closed catalog, by kind. Nothing else can be asked of a runner. */
export const catalog: ReadonlyMap<string, CatalogEntry> = new Map(
  services
    .flatMap((service) => service.methods.map((method) => entryOf(method)))
    .map((entry) => [entry.kind, entry]),
);

function entryOf(method: DescMethod): CatalogEntry {
  const option = getOption(method, operation);
  assert(
    option.name !== "" && option.effect !== Effect.UNSPECIFIED,
    `${method.parent.typeName}.${method.name} declares its operation`,
  );
  return {
    kind: option.name,
    provider: option.provider,
    effect: option.effect,
    isStream: method.methodKind === "server_streaming",
    method,
  };
}

/** Whether operations of this kind need a connection. */
export function needsConnection(entry: CatalogEntry): boolean {
  return entry.provider !== Provider.UNSPECIFIED;
}
