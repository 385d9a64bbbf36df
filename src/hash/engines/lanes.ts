/** Lanes: they hash several messages side by side, from buffers that files are read into directly. */

/** Hashes up to `count` messages at once. */
export interface Lanes {
  /** The number of lanes. */
  readonly count: number;
  /** Begins a message in a lane and discards the previous one. `part` is that of `HashTask`. */
  begin(lane: number, part?: number): void;
  /** The free space for the next bytes of a lane's message. Empty if the lane is full until `run`. */
  room(lane: number): Uint8Array<ArrayBuffer>;
  /** Adds the first `bytes` bytes of the space that `room` returned to the message. */
  filled(lane: number, bytes: number): void;
  /** Ends a lane's message: all its bytes were added. */
  end(lane: number): void;
  /** Hashes what all lanes with a message have buffered, until the first of them runs out. */
  run(): void;
  /** Takes the digest of a lane's message. `undefined` if the message has not ended or `run` has not finished it. */
  digest(lane: number): Uint8Array | undefined;
}
