/**
 * The name of the constraint that a statement would have broken; undefined for any other error.
 * Both engines report it alike (PostgreSQL, appendix A: class 23).
 */
export function violatedConstraint(error: unknown): string | undefined {
  if (!(error instanceof Error && "code" in error && "constraint" in error)) {
    return undefined;
  }
  const { code, constraint } = error;
  return typeof code === "string" && code.startsWith("23") && typeof constraint === "string"
    ? constraint
    : undefined;
}
