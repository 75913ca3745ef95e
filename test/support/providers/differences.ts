import {
  isList,
  isValues,
  type StandInResource,
  unknownValue,
  type Value,
  type Values,
  valueAt,
} from "./stand-in-provider.ts";

/** Where inputs differ. */
export interface Difference {
  /** As the engine writes paths: `a.b[0]["c.d"]`. */
  readonly path: string;
  readonly kind: "add" | "delete" | "update";
}

/** Where two objects of inputs differ, leaf by leaf; what is not known differs from everything. */
export function differencesOf(olds: Value, news: Value, path = ""): readonly Difference[] {
  if (isValues(olds) && isValues(news)) {
    const names = [...new Set([...Object.keys(olds), ...Object.keys(news)])];
    return names.flatMap((name) => member(olds[name], news[name], join(path, name)));
  }
  if (isList(olds) && isList(news)) {
    const length = Math.max(olds.length, news.length);
    return Array.from({ length }, (_, index) =>
      member(olds[index], news[index], `${path}[${index}]`),
    ).flat();
  }
  return olds === news && olds !== unknownValue ? [] : [{ path, kind: "update" }];
}

function member(
  old: Value | undefined,
  now: Value | undefined,
  path: string,
): readonly Difference[] {
  if (old === undefined) {
    return now === undefined ? [] : [{ path, kind: "add" }];
  }
  return now === undefined ? [{ path, kind: "delete" }] : differencesOf(old, now, path);
}

function join(path: string, name: string): string {
  if (!/^[A-Za-z_$][\w$]*$/.test(name)) {
    return `${path}[${JSON.stringify(name)}]`;
  }
  return path === "" ? name : `${path}.${name}`;
}

/** Paths of inputs that replace the resource because they changed. */
export function replacingPaths(
  resource: StandInResource,
  olds: Values,
  news: Values,
  state: Values,
): readonly string[] {
  const changed = resource.replaceOn.filter(
    (path) =>
      differencesOf({ at: valueAt(olds, path) ?? null }, { at: valueAt(news, path) ?? null })
        .length > 0,
  );
  return [...new Set([...changed, ...(resource.replaceWhen?.(olds, news, state) ?? [])])];
}

/** Whether one path is the other or leads into it. */
export function isAtOrBelow(path: string, top: string): boolean {
  return path === top || path.startsWith(`${top}.`) || path.startsWith(`${top}[`);
}
