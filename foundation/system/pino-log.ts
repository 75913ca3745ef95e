import { pino } from "pino";
import type { Log, LogValue } from "../log.ts";
import { scrub } from "../scrub.ts";

/** Options of {@link makePinoLog}. */
export interface PinoLogOptions {
  /** Lines below this level are dropped. */
  readonly level: "debug" | "info" | "warn" | "error" | "silent";
  /** What the process is, in every line. */
  readonly name: string;
  /** Takes each line, newline included, after the last scrubber. */
  readonly write: (line: string) => void;
}

/** Names of fields that are never written, at any depth we use. */
const redactedPaths = [
  "apiKey",
  "privateKey",
  "password",
  "passphrase",
  "secret",
  "token",
  "value",
];

/**
 * A log of JSON lines on pino. Redacts by field name first, and scrubs every finished line by the
 * shape of secrets last.
 */
export function makePinoLog(options: PinoLogOptions): Log {
  const logger = pino(
    {
      level: options.level,
      base: { name: options.name },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      messageKey: "message",
      redact: {
        paths: redactedPaths.flatMap((path) => [path, `*.${path}`]),
        censor: "[secret]",
      },
    },
    { write: (line: string) => options.write(scrub(line)) },
  );
  return wrap(logger);
}

interface Sink {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: Record<string, unknown>): Sink;
}

function wrap(sink: Sink): Log {
  return {
    debug: (message, fields) => sink.debug({ ...fields }, message),
    info: (message, fields) => sink.info({ ...fields }, message),
    warn: (message, fields) => sink.warn({ ...fields }, message),
    error: (message, fields, error) => sink.error({ ...fields, ...describe(error) }, message),
    with: (fields: Readonly<Record<string, LogValue>>) => wrap(sink.child({ ...fields })),
  };
}

/** An error as fields; its causes too, because the reason is usually at the end of the chain. */
function describe(error: unknown): Readonly<Record<string, LogValue>> {
  if (error === undefined) {
    return {};
  }
  const chain: string[] = [];
  let current: unknown = error;
  while (current instanceof Error && chain.length < 5) {
    chain.push(`${current.name}: ${current.message}`);
    current = current.cause;
  }
  return {
    error: chain[0] ?? typeof error,
    ...(chain.length > 1 ? { causes: chain.slice(1) } : {}),
    ...(error instanceof Error && error.stack !== undefined ? { stack: error.stack } : {}),
  };
}
