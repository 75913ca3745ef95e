import { Failure } from "@holdfast/foundation/failure.ts";
import { scrub } from "@holdfast/foundation/scrub.ts";
import type { ResourceKind } from "./resource-kind.ts";

/**
 * What went wrong, for whoever runs Pulumi: each property by its path, what is wrong with it, the failure's
 * code, and what to do next. Secrets that may have slipped into it are taken out.
 *
 * @param secrets texts that must not appear.
 */
export function describeFailure(
  kind: ResourceKind | undefined,
  error: unknown,
  secrets: readonly string[],
): string {
  return scrub(describe(kind, error), secrets);
}

function describe(kind: ResourceKind | undefined, error: unknown): string {
  if (!(error instanceof Failure)) {
    const reason = error instanceof Error ? error.message : "something that is no error was thrown";
    return `The provider holdfast is broken; please report it: ${reason}`;
  }
  const paths =
    error.fields.length === 0
      ? [propertyOf(kind, error)]
      : error.fields.map(({ field, problem }) => `${pathOf(kind, field)}: ${problem}`);
  return [
    `${error.message} [${error.code}]`,
    ...paths.map((path) => `  property ${path}`),
    error.rule.next,
  ].join("\n");
}

/** The path of the provider's own property: the protocol writes `certificate_request_pem`. */
function pathOf(kind: ResourceKind | undefined, field: string): string {
  const path = field.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  if (path.startsWith("inlineCredentials")) {
    return "inlineCredentials";
  }
  if (path.startsWith("settings.pulumi")) {
    return path.replace("settings.pulumi", "settings.pulumiBackend");
  }
  const [top = ""] = path.split(/[.[]/);
  const isOwnName = kind !== undefined && !Object.hasOwn(kind.inputs, top) && isNameOf(kind, top);
  return isOwnName ? "name" : path;
}

/** Requests call the object by its kind (`runner`), programs by `name`. */
function isNameOf(kind: ResourceKind, field: string): boolean {
  return field.toLowerCase() === kind.name.toLowerCase();
}

/** Failures that name no field still point at the property that mends them. */
function propertyOf(kind: ResourceKind | undefined, { code }: Failure): string {
  const [noun = ""] = code.split(".");
  switch (noun) {
    case "identity":
    case "access":
      return "apiKey of the provider";
    case "control_plane":
    case "request":
    case "store":
      return "endpoint of the provider";
    case "certificate":
      return "certificateRequestPem";
    default:
      return pathOfNoun(kind, noun);
  }
}

function pathOfNoun(kind: ResourceKind | undefined, noun: string): string {
  const path = noun.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  if (kind === undefined || Object.hasOwn(kind.inputs, path)) {
    return path;
  }
  return kind.name === "Connection" && !isNameOf(kind, path) ? "settings" : "name";
}
