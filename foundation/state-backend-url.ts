const files = "file://";

/**
 * The URL of a Pulumi state backend, such that a killed engine leaves nothing half-written in it.
 *
 * Beside each file of a `file://` backend the engine keeps one with attributes, which nobody needs and which it
 * does not replace atomically: killed in between it leaves an empty one, and from then on the stack cannot be
 * read ("failed to load checkpoint: EOF"). `metadata=skip` keeps it from writing any (Go CDK, fileblob,
 * URLOpener). Other backends, and those that say something of `metadata` themselves, stay as they are.
 */
export function killSafeBackendUrl(backendUrl: string): string {
  if (!backendUrl.startsWith(files) || /[?&]metadata=/.test(backendUrl)) {
    return backendUrl;
  }
  return `${backendUrl}${backendUrl.includes("?") ? "&" : "?"}metadata=skip`;
}
