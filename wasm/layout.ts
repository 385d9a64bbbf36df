/** Where things lie in the core's memory. The first 64 KiB are the core's own, above them lie the bytes to hash. */

/** SHA-256: the state, word by word, each with its four lanes. 8 × 16 bytes. */
export const SHA256_STATE = 0;

/** SHA-256: the 64 constants of the rounds. 256 bytes. */
export const SHA256_K = 256;

/** SHA-256 of one message: sixteen words of the schedule, each with the constant of its round. 64 bytes. */
export const SHA256_SCHEDULED = 640;

/** SHA-256: the eight words that a state begins with. 32 bytes. */
export const SHA256_BEGIN = 512;

/** SHA-256: the digest of a message that has ended. 32 bytes. */
export const SHA256_DIGEST = 576;

/** BLAKE3: the words of a block of each lane. 16 × 16 bytes. */
export const BLAKE3_BLOCK_WORDS = 1024;

/** BLAKE3: a stack of chaining values, with room above it for those of all chunks in the buffer. */
export const BLAKE3_STACK = 4096;

/** BLAKE3: chunks in the buffer, whose chaining values must find room on the stack: 8 KiB of 60 KiB. */
export const BLAKE3_CHUNKS = 256;

/** The four buffers, each of `LANE_BYTES` and `LANE_ROOM` bytes more. */
export const BUFFERS = 65_536;

/** What one lane's buffer holds, a multiple of the block. */
export const LANE_BYTES = 65_536;

/** Room behind a lane's buffer for the padding; an odd number of cache lines, lest the lanes share the same sets. */
export const LANE_ROOM = 3 * 64;

/** Pages of memory, 64 KiB each: the core's own, four buffers, and a last for `LANE_ROOM` and for idle lanes of BLAKE3. */
export const PAGES = 6;
