import type { Deployment } from "@pulumi/pulumi/automation/workspace.js";

/** A resource in the picture of a component. */
export interface GraphNode {
  readonly urn: string;
  /** Type token, such as `aws:iam/role:Role`. */
  readonly type: string;
  /** Logical name, the last part of the URN. */
  readonly name: string;
  /** Whether the component makes it, or only takes a value of it. */
  readonly isOutside: boolean;
}

/** That one resource knows another. */
export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  /** What of `from` is made from `to`; none if it only waits for it. */
  readonly properties: readonly string[];
}

/** A component, everything below it, and what these take values of, as the engine keeps it. */
export interface ResourceGraph {
  /** The component is the first; then by URN. */
  readonly nodes: readonly GraphNode[];
  /** From a parent to its children. */
  readonly parents: readonly GraphEdge[];
  /** From a resource to what it takes values of, or waits for. */
  readonly dependencies: readonly GraphEdge[];
}

/** What an exported deployment (version 3) says of a resource; the engine leaves out what is empty. */
interface ExportedResource {
  readonly urn: string;
  readonly type: string;
  readonly parent?: string;
  readonly dependencies?: readonly string[];
  readonly propertyDependencies?: Readonly<Record<string, readonly string[] | null>>;
}

/** Reads the graph of the one component with this type that stands by itself in an exported stack. */
export function readResourceGraph(exported: Deployment, componentType: string): ResourceGraph {
  // The SDK types it as `any`.
  const { resources } = exported.deployment as { readonly resources: readonly ExportedResource[] };
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  const component = resources.find(({ urn }) => urn.split("::")[2] === componentType);
  if (component === undefined) {
    throw new Error(`there is no ${componentType} in the stack`);
  }
  const inside = resources
    .filter((resource) => isBelow(byUrn, resource, component.urn))
    .toSorted(byUrnOf);
  const dependencies = inside.flatMap(dependenciesOf);
  const insideUrns = new Set(inside.map(({ urn }) => urn));
  const outsideUrns = new Set(
    dependencies.map(({ to }) => to).filter((urn) => !insideUrns.has(urn)),
  );
  const outside = resources.filter(({ urn }) => outsideUrns.has(urn)).toSorted(byUrnOf);
  return {
    nodes: [
      ...inside.map((each) => nodeOf(each, false)),
      ...outside.map((each) => nodeOf(each, true)),
    ],
    parents: inside
      .filter(({ urn }) => urn !== component.urn)
      .map(({ urn, parent }) => ({ from: parent ?? "", to: urn, properties: [] })),
    dependencies,
  };
}

/** The same as text for Mermaid (mermaid.js.org, "Flowcharts - Basic Syntax"); equal graphs give equal texts. */
export function drawResourceGraph({ nodes, parents, dependencies }: ResourceGraph): string {
  const ids = new Map(nodes.map(({ urn }, index) => [urn, `r${index}`]));
  const id = (urn: string): string => ids.get(urn) ?? urn;
  const boxes = nodes.map(({ urn, type, name, isOutside }) => {
    const label = `"${type}<br/>${name}"`;
    return `${id(urn)}${isOutside ? `([${label}]):::outside` : `[${label}]`}`;
  });
  const solid = parents.map(({ from, to }) => `${id(from)} --> ${id(to)}`);
  const dashed = dependencies.map(({ from, to, properties }) => {
    const label = properties.length === 0 ? "" : `|"${properties.join(", ")}"|`;
    return `${id(from)} -.->${label} ${id(to)}`;
  });
  const style = nodes.some(({ isOutside }) => isOutside)
    ? ["classDef outside stroke-dasharray: 4 4"]
    : [];
  return [
    "flowchart LR",
    ...[...boxes, ...solid, ...dashed, ...style].map((line) => `  ${line}`),
  ].join("\n");
}

function isBelow(
  byUrn: ReadonlyMap<string, ExportedResource>,
  { urn, parent }: ExportedResource,
  componentUrn: string,
): boolean {
  const above = byUrn.get(parent ?? "");
  return urn === componentUrn || (above !== undefined && isBelow(byUrn, above, componentUrn));
}

function dependenciesOf(resource: ExportedResource): readonly GraphEdge[] {
  const properties = Object.entries(resource.propertyDependencies ?? {});
  const targets = new Set([
    ...(resource.dependencies ?? []),
    ...properties.flatMap(([, urns]) => urns ?? []),
  ]);
  return [...targets].toSorted(compare).map((to) => ({
    from: resource.urn,
    to,
    properties: properties
      .filter(([, urns]) => urns?.includes(to) === true)
      .map(([property]) => property)
      .toSorted(compare),
  }));
}

function nodeOf({ urn, type }: ExportedResource, isOutside: boolean): GraphNode {
  return { urn, type, name: urn.split("::").slice(3).join("::"), isOutside };
}

/** The component is before what is below it: URNs name the types of all parents, with a `$` between them. */
function byUrnOf(one: ExportedResource, other: ExportedResource): number {
  return depthOf(one) - depthOf(other) || compare(one.urn, other.urn);
}

function depthOf({ urn }: ExportedResource): number {
  return urn.split("$").length;
}

/** By code units: the same on every machine. */
function compare(one: string, other: string): number {
  if (one === other) {
    return 0;
  }
  return one < other ? -1 : 1;
}
