/** Limits of the tunnel that both ends share (design.md, section 5). Sizes are in bytes. */
export const tunnelLimits = {
  /** Largest chunk of data in one frame: small, so that a frame of another operation waits briefly. */
  chunkBytesMax: 16 * 1024,
  /** Least that a chunk counts against credit, so that empty items cannot pile up for nothing. */
  chunkCostMin: 64,
  /** Credit of an operation at its start: below the HTTP/2 window, or the window would be the queue. */
  creditBytes: 512 * 1024,
  /** Where a batch is closed and the next begins. */
  batchBytes: 64 * 1024,
  /** What an executor may have queued for one operation before it has to wait. */
  outgoingBytes: 64 * 1024,
  /** Largest item or output: it is put together in memory. */
  itemBytesMax: 16 * 1024 * 1024,
  /** Largest message to a runner: an operation's input is not split, and may have 16 MiB and a little. */
  openMessageBytesMax: 20 * 1024 * 1024,
  /** Largest message from a runner: a batch and one chunk, with room for their envelopes. */
  runnerMessageBytesMax: 256 * 1024,
  /** Frames that may wait to be sent; more means that the other side asks without reading. */
  queuedFramesMax: 16_384,
  /** HTTP/2 flow-control window of a stream. */
  streamWindowBytes: 1024 * 1024,
  /** HTTP/2 flow-control window of a connection: above the stream's, for calls beside it. */
  connectionWindowBytes: 4 * 1024 * 1024,
} as const;

/** Times of the tunnel that both ends share, in milliseconds. */
export const tunnelTimes = {
  /** How often each side pings. Three of them are the longest that a dead peer stays unnoticed. */
  livenessIntervalMs: 5_000,
  /** How long each phase of the start may take. */
  phaseMsMax: 10_000,
  /** How long a goodbye may take to be sent before the connection is closed without it. */
  goodbyeMsMax: 2_000,
  /** How long a cut tunnel's last frame may take; nothing is accepted from the other side meanwhile. */
  cutMsMax: 1_000,
} as const;
