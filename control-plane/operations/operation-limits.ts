const mebibyte = 1024 * 1024;
const minuteMs = 60_000;

/** Every bound on operations, so that no caller and no runner can make the control plane grow. */
export interface OperationLimits {
  /** Longest input, in bytes: 16 MiB of program source and what surrounds it. */
  readonly inputBytesMax: number;
  /** Deadline of a request that names none, in milliseconds. */
  readonly deadlineMsDefault: number;
  /** Longest deadline, in milliseconds. */
  readonly deadlineMsMax: number;
  /** Output limit of a request that names none, in bytes, items included. */
  readonly outputBytesDefault: number;
  /** Highest output limit, in bytes. */
  readonly outputBytesMax: number;
  /** Longest single item or output, in bytes: it must fit into one message to the caller. */
  readonly messageBytesMax: number;
  /** How long an idempotency key binds, in milliseconds. */
  readonly idempotencyMs: number;
  /** How many operations may wait for one runner. */
  readonly queuedPerRunnerMax: number;
  /** How many bytes of input may wait for one runner. */
  readonly queuedBytesPerRunnerMax: number;
  /** How many bytes of input may wait in all. */
  readonly queuedBytesMax: number;
  /** How many operations one tunnel carries at once; as announced in `Welcome.operations_max`. */
  readonly runningPerTunnelMax: number;
  /** How long a runner has to answer a cancel before the operation ends without its answer. */
  readonly cancelGraceMs: number;
  /** How many events of one operation are kept for late watchers. */
  readonly ringEventsMax: number;
  /** How many bytes of events of one operation are kept. */
  readonly ringBytesMax: number;
  /** How many bytes of events are kept in all. */
  readonly ringBytesTotalMax: number;
  /** How long the events of an ended operation are kept, in milliseconds. */
  readonly endedKeptMs: number;
  /** Of how many ended operations the events are kept. */
  readonly endedKeptMax: number;
  /** How many calls may watch one operation. */
  readonly watchersMax: number;
}

/** The bounds of a control plane as it is delivered. */
export const operationLimits: OperationLimits = {
  inputBytesMax: 16 * mebibyte + 256 * 1024,
  deadlineMsDefault: minuteMs,
  deadlineMsMax: 24 * 60 * minuteMs,
  outputBytesDefault: 64 * mebibyte,
  outputBytesMax: 1024 * mebibyte,
  messageBytesMax: 16 * mebibyte,
  idempotencyMs: 24 * 60 * minuteMs,
  queuedPerRunnerMax: 100,
  queuedBytesPerRunnerMax: 64 * mebibyte,
  queuedBytesMax: 256 * mebibyte,
  runningPerTunnelMax: 32,
  cancelGraceMs: 5_000,
  ringEventsMax: 10_000,
  ringBytesMax: 4 * mebibyte,
  ringBytesTotalMax: 256 * mebibyte,
  endedKeptMs: 5 * minuteMs,
  endedKeptMax: 10_000,
  watchersMax: 100,
};
