// Answers with the clock of this thread: whenever word 0 holds another number than before, until it is negative.
import { nowNs } from "../../lib/base/clock.ts";

/** Words of the 32-bit view: the number of the question, and of the answer. */
export const QUESTION = 0, ANSWER = 1;
/** Word of the 64-bit view: what the clock said. */
export const INSTANT_WORD = 1;

if (!Bun.isMainThread) {
  self.onmessage = ({ data }: MessageEvent<SharedArrayBuffer>) => {
    const words = new Int32Array(data), instants = new Float64Array(data);
    postMessage("ready");
    for (let asked = 0;;) {
      Atomics.wait(words, QUESTION, asked);
      asked = Atomics.load(words, QUESTION);
      if (asked < 0) return;
      instants[INSTANT_WORD] = nowNs();
      Atomics.store(words, ANSWER, asked);
      Atomics.notify(words, ANSWER);
    }
  };
}
