/** Processors that Fargate offers for Linux. A constant and no union, so that it has a name in every language. */
export const EcsCpuArchitecture = {
  Arm64: "arm64",
  X64: "x64",
} as const;

/** One of {@link EcsCpuArchitecture}. */
export type EcsCpuArchitecture = (typeof EcsCpuArchitecture)[keyof typeof EcsCpuArchitecture];
