/** Messages through lanes, as the runner does it with files. */
import type { Lanes } from "../../../src/hash/engines/lanes.ts";

/**
 * Hashes messages side by side. The next message begins in a lane as soon as that lane is free.
 *
 * @param most Maximum number of bytes to add at once.
 * @param used The lanes to use, in that order.
 */
export function hashInLanes(
  lanes: Lanes,
  messages: readonly Uint8Array[],
  most = Infinity,
  used: readonly number[] = Array.from({ length: lanes.count }, (_, lane) => lane),
): Uint8Array[] {
  const digests = new Array<Uint8Array>(messages.length);
  const running = new Map<number, { index: number; left: Uint8Array; ended: boolean }>();
  let next = 0;
  do {
    for (const lane of used) {
      if (!running.has(lane) && next < messages.length) {
        lanes.begin(lane);
        running.set(lane, { index: next, left: messages[next++]!, ended: false });
      }
      const message = running.get(lane);
      if (message === undefined || message.ended) continue;
      for (let room = lanes.room(lane); room.length > 0 && message.left.length > 0; room = lanes.room(lane)) {
        const piece = message.left.subarray(0, Math.min(room.length, most));
        room.set(piece);
        lanes.filled(lane, piece.length);
        message.left = message.left.subarray(piece.length);
      }
      if (message.left.length > 0) continue;
      lanes.end(lane);
      message.ended = true;
    }
    lanes.run();
    for (const [lane, { index, ended }] of running) {
      const digest = ended ? lanes.digest(lane) : undefined;
      if (digest === undefined) continue;
      digests[index] = digest;
      running.delete(lane);
    }
  } while (running.size > 0 || next < messages.length);
  return digests;
}
