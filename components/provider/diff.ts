import type { Properties } from "./property.ts";
import {
  isMap,
  isSecret,
  type PropertyMap,
  type PropertyValue,
  reveal,
  sameValue,
} from "./property-value.ts";

/** What one path went through. */
export interface PropertyChange {
  /** Path such as `settings.aws.region`. */
  readonly path: string;
  /** Name of the property at the top, such as `settings`. */
  readonly property: string;
  readonly kind: "add" | "delete" | "update";
  /** The resource must be made anew. */
  readonly replaces: boolean;
}

/** Compares the inputs that made a resource with the ones that are wanted now. */
export function diffProperties(
  properties: Properties,
  olds: PropertyMap,
  news: PropertyMap,
): readonly PropertyChange[] {
  const names = [...new Set([...Object.keys(olds), ...Object.keys(news)])].sort();
  return names.flatMap((name) =>
    diffValue(olds[name], news[name], name).map(({ path, kind }) => ({
      path,
      property: name,
      kind,
      replaces: properties[name]?.replaces === true,
    })),
  );
}

function diffValue(
  old: PropertyValue | undefined,
  value: PropertyValue | undefined,
  path: string,
): readonly Pick<PropertyChange, "path" | "kind">[] {
  if (old === undefined || value === undefined) {
    return old === value ? [] : [{ path, kind: old === undefined ? "add" : "delete" }];
  }
  if (sameValue(old, value)) {
    return [];
  }
  if (isMap(old) && isMap(value)) {
    return [...new Set([...Object.keys(old), ...Object.keys(value)])]
      .sort()
      .flatMap((name) => diffValue(old[name], value[name], step(path, name)));
  }
  return isSecret(old) && isSecret(value)
    ? diffValue(reveal(old), reveal(value), path)
    : [{ path, kind: "update" }];
}

/** One more step of a path; names that are no identifiers are quoted, as the engine does. */
function step(path: string, name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`;
}
