/** Values that a log field may have. Objects are not among them: requests and errors never are logged whole. */
export type LogValue = string | number | boolean | undefined | readonly string[];

/**
 * Where a process says what happened.
 *
 * The message is a constant in lower case without a full stop; everything that varies is a field.
 */
export interface Log {
  debug(message: string, fields?: Readonly<Record<string, LogValue>>): void;
  info(message: string, fields?: Readonly<Record<string, LogValue>>): void;
  warn(message: string, fields?: Readonly<Record<string, LogValue>>): void;
  /** `error` is described by name, message and stack, scrubbed of secrets. */
  error(message: string, fields?: Readonly<Record<string, LogValue>>, error?: unknown): void;
  /** A log that adds `fields` to every line. */
  with(fields: Readonly<Record<string, LogValue>>): Log;
}

/** A log that says nothing. */
export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  with: () => silentLog,
};
