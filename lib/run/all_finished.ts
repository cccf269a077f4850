// Waiting for the threads that generate or check a dataset.
import { setTimeout as sleep } from "node:timers/promises";
import type { RunningWorker } from "../worker/spawn.ts";

const POLL_MS = 50;

/**
 * Waits for all workers, calling `onPoll` now and then; the first that fails, or the signal, makes the others stop soon.
 *
 * @throws What a worker failed with.
 */
export async function allFinished(
  workers: readonly RunningWorker[],
  { stop, signal, onPoll }: {
    readonly stop: () => void;
    readonly signal: AbortSignal;
    readonly onPoll: () => void;
  },
): Promise<void> {
  let failure: unknown;
  let running = workers.length;
  for (const { finished } of workers) {
    finished.catch((cause) => {
      failure ??= cause;
      stop();
    }).finally(() => running--);
  }
  while (running > 0) {
    if (signal.aborted) stop();
    await sleep(POLL_MS);
    onPoll();
  }
  for (const worker of workers) worker.terminate();
  if (failure !== undefined) throw failure;
}
