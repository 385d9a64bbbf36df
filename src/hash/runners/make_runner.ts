/** Makes the runner that suits an engine. */
import type { Engine } from "../engines/engine.ts";
import type { Runner, RunnerContext } from "./runner.ts";

/** Makes a runner: side by side for an engine with lanes, one task after another otherwise. */
export async function makeRunner(engine: Engine, context: RunnerContext): Promise<Runner> {
  if (engine.lanes !== undefined) {
    const { LaneRunner } = await import("./lane_runner.ts");
    return new LaneRunner(await engine.lanes(context.algorithm), context);
  }
  const { SerialRunner } = await import("./serial_runner.ts");
  return new SerialRunner(await engine.hasher(context.algorithm), context);
}
