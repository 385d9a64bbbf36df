/** Starts workers. Loaded only when a worker is needed. */
import { WORKER_SOURCE } from "./worker_source.ts";

/** The program of a worker as text: started from a file, it would need permission to read that file. */
const PROGRAM = URL.createObjectURL(new Blob([WORKER_SOURCE], { type: "text/javascript" }));

/** Starts a worker. */
export function newWorker(): Worker {
  return new Worker(PROGRAM, { type: "module" });
}
