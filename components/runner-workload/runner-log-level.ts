/** Levels of the runner's log. A constant and no union, so that it has a name in every language of Pulumi. */
export const RunnerLogLevel = {
  Debug: "debug",
  Info: "info",
  Warn: "warn",
  Error: "error",
} as const;

/** One of {@link RunnerLogLevel}. */
export type RunnerLogLevel = (typeof RunnerLogLevel)[keyof typeof RunnerLogLevel];
