import { Failure } from "@holdfast/foundation/failure.ts";

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const pattern = /^(?:\d{1,9}(?:ms|s|m|h|d))+$/;

/**
 * A duration in milliseconds, from text such as `500ms`, `60s`, `15m`, `1h30m` or `7d`.
 *
 * @param name what is read, for the message.
 * @throws {Failure} `cli.usage` if it has another form.
 */
export function parseDurationMs(text: string, name: string): number {
  if (!pattern.test(text)) {
    throw new Failure(
      "cli.usage",
      `The value of ${name} is no duration: write 500ms, 60s, 15m, 1h30m or 7d.`,
    );
  }
  let totalMs = 0;
  for (const [, amount = "0", unit = "s"] of text.matchAll(/(\d+)(ms|s|m|h|d)/g)) {
    totalMs += Number(amount) * (unitMs[unit] ?? 0);
  }
  return totalMs;
}

/** A duration in whole seconds, rounded up: less than was asked for would be a surprise. */
export function parseDurationSeconds(text: string, name: string): number {
  return Math.ceil(parseDurationMs(text, name) / 1_000);
}

/** A duration for eyes: the largest unit that fits, and never more than two digits of precision. */
export function formatDuration(durationMs: number): string {
  const steps = [
    [86_400_000, "d"],
    [3_600_000, "h"],
    [60_000, "m"],
    [1_000, "s"],
  ] as const;
  const absoluteMs = Math.max(0, durationMs);
  for (const [sizeMs, unit] of steps) {
    if (absoluteMs >= sizeMs) {
      return `${Math.floor(absoluteMs / sizeMs)}${unit}`;
    }
  }
  return absoluteMs < 1 ? "0s" : `${Math.floor(absoluteMs)}ms`;
}
