/** Hashing of several messages side by side, each from memory that files are read straight into. */

/** Hashes as many messages at once as it has lanes. */
export interface Lanes {
  /** How many lanes there are. */
  readonly count: number;
  /** Begins a message in a lane; what was in it is forgotten. `part` is that of `HashTask`. */
  begin(lane: number, part?: number): void;
  /** Where to put the next bytes of a lane's message; empty while there is no room before `run`. */
  room(lane: number): Uint8Array<ArrayBuffer>;
  /** Tells how many bytes were put at the beginning of what `room` gave. */
  filled(lane: number, bytes: number): void;
  /** Ends a lane's message: it has all its bytes. */
  end(lane: number): void;
  /** Hashes what all lanes with a message have in store, or for as long as it lasts in each of them. */
  run(): void;
  /** The digest of a lane's message, which leaves the lane empty; `undefined` if it has not ended or `run` is not through. */
  digest(lane: number): Uint8Array | undefined;
}
