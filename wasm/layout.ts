/** The layout of the core's memory: 64 KiB of its own, followed by the buffers with the bytes to hash. */

/** SHA-256: the state, word by word, four lanes each. 8 × 16 bytes. */
export const SHA256_STATE = 0;

/** SHA-256: the 64 constants of the rounds. 256 bytes. */
export const SHA256_K = 256;

/** SHA-256 of one message: sixteen words of the schedule, each with the constant of its round. 64 bytes. */
export const SHA256_SCHEDULED = 640;

/** SHA-256: the initial state. 32 bytes. */
export const SHA256_BEGIN = 512;

/** SHA-256: the digest of a message that has ended. 32 bytes. */
export const SHA256_DIGEST = 576;

/** BLAKE3: the words of a block of each lane. 16 × 16 bytes. */
export const BLAKE3_BLOCK_WORDS = 1024;

/** BLAKE3: a stack of chaining values, with space above it for the values of all chunks in the buffer. */
export const BLAKE3_STACK = 4096;

/** BLAKE3: chunks in the buffer. Their chaining values must fit on the stack: 8 KiB of 60 KiB. */
export const BLAKE3_CHUNKS = 256;

/** The four buffers, each of `LANE_BYTES` + `LANE_ROOM` bytes. */
export const BUFFERS = 65_536;

/** Capacity of one lane's buffer, a multiple of the block size. */
export const LANE_BYTES = 65_536;

/** Space after a lane's buffer for the padding: an odd number of cache lines, so that lanes use different cache sets. */
export const LANE_ROOM = 3 * 64;

/** Pages of 64 KiB: the core's own, four buffers, and one for `LANE_ROOM` and idle lanes of BLAKE3. */
export const PAGES = 6;
