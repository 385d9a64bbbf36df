/** What is tried with the services: one cell a fact. */

import type { Ours, Python } from "./clients.ts";
import { crossCells } from "./cells_cross.ts";
import { loginCells } from "./cells_login.ts";
import { monitorCells } from "./cells_monitor.ts";
import { workflowCells } from "./cells_workflow.ts";
import type { Stack } from "./stack.ts";
import type { LogVersion } from "./trust_config.ts";

/** What a cell works with. */
export interface Bench {
  readonly stack: Stack;
  readonly ours: Ours;
  readonly python: Python;
  /** A directory for models and signatures. */
  readonly directory: string;
}

/** One fact, and how to find out. */
export interface Cell {
  readonly name: string;
  /** Throws if it is not so. */
  run(): Promise<void>;
}

/** Both logs. */
export const LOGS: readonly LogVersion[] = ["v1", "v2"];

/** All cells, in the order in which they build on each other. */
export function allCells(bench: Bench): Cell[] {
  return [...crossCells(bench), ...workflowCells(bench), ...loginCells(bench), ...monitorCells(bench)];
}
