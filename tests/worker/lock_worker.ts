// Adds to a plain number, which needs the lock: `count[0]++` is a read and a write that another thread can part.
import { acquire, release } from "../../lib/worker/lock.ts";

/** Words of the 32-bit view: a gate for all threads, then the lock. The first 64-bit word behind them is the number. */
export const GATE = 0, LOCK = 1, SHARED_BYTES = 16;

export interface LockTask {
  readonly shared: SharedArrayBuffer;
  readonly times: number;
}

if (!Bun.isMainThread) {
  self.onmessage = ({ data: { shared, times } }: MessageEvent<LockTask>) => {
    const words = new Int32Array(shared), count = new Float64Array(shared, 8);
    postMessage("ready");
    Atomics.wait(words, GATE, 0);
    for (let time = 0; time < times; time++) {
      acquire(words, LOCK);
      count[0]++;
      release(words, LOCK);
    }
    postMessage("done");
  };
}
