/**
 * A part could not be brought, or did not start.
 *
 * shape: the message is two sentences or more: what happened, then what to do about it.
 */
export class PartFailure extends Error {
  override readonly name = "PartFailure";
  readonly happened: string;
  /** What the developer does next, as a whole sentence. */
  readonly advice: string;

  constructor(happened: string, options: { readonly advice: string; readonly cause?: unknown }) {
    super(`${happened}\n  What to do: ${options.advice}`, { cause: options.cause });
    this.happened = happened;
    this.advice = options.advice;
  }
}

/** The text of anything that was thrown, for a message to a developer. */
export function describeError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
