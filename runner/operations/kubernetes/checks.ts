import type { FieldProblem } from "@holdfast/foundation/failure.ts";

/** Names of namespaces (RFC 1123, DNS label) and of pods (DNS subdomain). */
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const subdomain = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;

/** Printable ASCII: selectors and continue tokens have nothing else. */
const printable = /^[\x20-\x7e]*$/;

const lengthMax = 4_096;

/** What is wrong with each of several fields; undefined where nothing is. */
export function problemsOf(
  problems: Readonly<Record<string, string | undefined>>,
): readonly FieldProblem[] {
  return Object.entries(problems).flatMap(([field, problem]) =>
    problem === undefined ? [] : [{ field, problem }],
  );
}

/** A namespace; may be empty where that means all of them. */
export function namespaceProblem(
  text: string,
  empty: "may be empty" | "required",
): string | undefined {
  if (text === "" && empty === "may be empty") {
    return undefined;
  }
  return label.test(text) ? undefined : "must be the name of a namespace";
}

/** The name of a pod. */
export function podNameProblem(text: string): string | undefined {
  return subdomain.test(text) ? undefined : "must be the name of a pod";
}

/** The name of a container; may be empty. */
export function containerProblem(text: string): string | undefined {
  return text === "" || label.test(text) ? undefined : "must be the name of a container";
}

/** A label or field selector; Kubernetes itself judges what it says. */
export function selectorProblem(text: string): string | undefined {
  return text.length <= lengthMax && printable.test(text)
    ? undefined
    : `must be printable and have at most ${lengthMax} characters`;
}

/** What is asked of a list, as far as it is the same for all of them. */
export interface ListPage {
  readonly limit: number;
  readonly continueToken: string;
}

/** Problems of a page, by field. */
export function pageProblems(
  page: ListPage | undefined,
): Readonly<Record<string, string | undefined>> {
  return {
    "page.limit": (page?.limit ?? 0) <= 1_000 ? undefined : "must be at most 1000",
    "page.continue_token": selectorProblem(page?.continueToken ?? ""),
  };
}

/** Parameters of a page; 500 entries where the caller names no limit. */
export function pageParameters(
  page: ListPage | undefined,
): Readonly<Record<string, string | number>> {
  return {
    limit: page === undefined || page.limit === 0 ? 500 : page.limit,
    continue: page?.continueToken ?? "",
  };
}
