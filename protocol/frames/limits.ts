/** Most bytes of data in one frame: what a small operation may have to wait behind. */
export const chunkBytesMax: number = 16 * 1024;

/** Bytes of data that an operation may have on the way (research: 512 KiB keeps a WAN link busy). */
export const creditBytes: number = 512 * 1024;

/** About how many bytes of frames go into one message. */
export const batchBytesMax: number = 64 * 1024;

/** Largest message that either side takes: an operation's input of 16 MiB and what surrounds it. */
export const messageBytesMax: number = 20 * 1024 * 1024;

/** Largest item or output that is put together again. */
export const itemBytesMax: number = 16 * 1024 * 1024;

/** How often each side asks for a pong, in milliseconds. */
export const livenessIntervalMs: number = 5_000;

/** After how long without a word the other side counts as dead, in milliseconds. */
export const livenessDeadMs: number = 15_000;

/** How long each phase of the start may take, in milliseconds. */
export const phaseMsMax: number = 10_000;
