/** One line of the table. */
export interface BenchRow {
  /** What was measured. */
  readonly figure: string;
  readonly value: string;
  readonly goal: string;
  /** What it was measured against, in the same run. */
  readonly baseline: string;
  readonly passed: boolean;
}

/** The value that lies in the middle; of an even number the lower one. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value that the given share of all lies at or below. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
