// Lets long loops of synchronous calls be interrupted: signals and timers are served only when the event loop gets its
// turn.
import { setImmediate } from "node:timers/promises";

const INTERVAL_MS = 50;

let lastMs = -Infinity;

/**
 * Gives the event loop a turn when 50 ms have passed since the last; to be called once per item of a long loop.
 *
 * @throws The reason of `signal` when it is aborted.
 */
export async function breathe(signal?: AbortSignal): Promise<void> {
  if (performance.now() - lastMs >= INTERVAL_MS) {
    await setImmediate();
    lastMs = performance.now();
  }
  signal?.throwIfAborted();
}
