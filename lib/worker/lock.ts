// A mutual exclusion lock on one word of shared memory, for sections of about a microsecond.

const FREE = 0, HELD = 1, CONTENDED = 2;
const SPINS = 40;

/** Takes the lock, asleep rather than spinning once its holder seems to have lost its core. */
export function acquire(words: Int32Array, at: number): void {
  for (let spin = 0; spin < SPINS; spin++) {
    if (Atomics.compareExchange(words, at, FREE, HELD) === FREE) return;
  }
  // Drepper, "Futexes Are Tricky", section 6: the word says whether anyone may have to be woken.
  while (Atomics.exchange(words, at, CONTENDED) !== FREE) Atomics.wait(words, at, CONTENDED);
}

/** Gives the lock back. */
export function release(words: Int32Array, at: number): void {
  if (Atomics.exchange(words, at, FREE) === CONTENDED) Atomics.notify(words, at, 1);
}
