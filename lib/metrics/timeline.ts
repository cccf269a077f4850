// The accelerators' virtual time. A sleeping thread cannot model a step of 0.375 ms, so no accelerator is a thread:
// each extent is stamped with the instant its samples were ready, and from the stamps follows when each step started
// and ended (DESIGN §5). Reads no clock; the state lies in memory that the caller gives, so that the reader threads
// share one timeline under their lock.
import { HISTOGRAM_WORDS, record } from "./histogram.ts";
import { type DrawnTime, drawStepNs } from "./step_time.ts";

export interface TimelineSettings {
  readonly numAccelerators: number;
  readonly steps: number;
  readonly batchSize: number;
  /** The time of a step, the mean where `drawnTime` is given. */
  readonly computeNs: number;
  /** Where steps differ: how the time of each is drawn. */
  readonly drawnTime?: DrawnTime;
  /** Whether each step ends for all accelerators when the slowest ends it (DLIO's barrier). */
  readonly barrierEachStep: boolean;
  readonly excludeStartSteps: number;
  readonly excludeEndSteps: number;
  readonly windowBatches: number;
  /** How many extents may be complete or in work and not yet consumed by the timeline. */
  readonly extentsInFlight: number;
}

/** What an epoch meant for one accelerator, in nanoseconds over the steps that count (see {@link Timeline.totals}). */
export interface AcceleratorTotals {
  /** Steps of which the end is known; all of them unless the epoch was cut short. */
  readonly steps: number;
  /** Steps inside the measured window. */
  readonly countedSteps: number;
  readonly computeNs: number;
  readonly storageWaitNs: number;
  readonly decodeWaitNs: number;
  readonly preprocessWaitNs: number;
  /** The part of the waits that a wider window would have taken away. */
  readonly windowWaitNs: number;
  readonly barrierWaitNs: number;
  /** A histogram of the waits for a batch, of those that were not 0. */
  readonly stalls: Float64Array;
  /** DLIO's denominator: the block's wall time without load and computation of the excluded steps. */
  readonly measuredNs: number;
  /** From the beginning to the end of the last step, those that do not count included. */
  readonly elapsedNs: number;
}

// One accelerator's words.
const STARTS_KNOWN = 0, // steps with a known start; the step of this number is the one that waits for its batch
  EXTENTS_CONSUMED = 1,
  SAMPLES_COVERED = 2, // by the consumed extents
  BATCH_READY = 3, // latest stamp of the extents of the waiting batch
  BATCH_READ = 4, // time its extents took to be read
  BATCH_DECODE = 5, // … decoded
  BATCH_PREPROCESS = 6, // … and preprocessed
  BATCH_WINDOW_WAIT = 7, // how long the reader of the latest one had waited for the window
  LAST_READY = 8, // the same five of the extent consumed last, which may reach into the next batch
  LAST_READ = 9,
  LAST_DECODE = 10,
  LAST_PREPROCESS = 11,
  LAST_WINDOW_WAIT = 12,
  PREVIOUS_END = 13, // when the step before the waiting one ended, barrier included
  STEP_END = 14, // when the computation of the latest started step ends
  COMPUTE = 15,
  STORAGE_WAIT = 16,
  DECODE_WAIT = 17,
  PREPROCESS_WAIT = 18,
  WINDOW_WAIT = 19,
  BARRIER_WAIT = 20,
  EXCLUDED = 21,
  STEPS_DONE = 22,
  BEGIN = 23, // when the epoch began
  STALLS = 24, // a histogram
  TRACK_WORDS = STALLS + HISTOGRAM_WORDS;

// One extent's words, in a ring.
const EXTENT_STAMP = 0, // its ordinal + 1 once complete
  EXTENT_END = 1,
  EXTENT_READY = 2,
  EXTENT_READ = 3,
  EXTENT_DECODE = 4,
  EXTENT_PREPROCESS = 5,
  EXTENT_WINDOW_WAIT = 6,
  EXTENT_WORDS = 7;

/** The virtual time of all accelerators of one process for one epoch. */
export class Timeline {
  readonly #settings: TimelineSettings;
  readonly #words: Float64Array;
  readonly #stalls: readonly Float64Array[];
  readonly #startRing: number;
  readonly #wordsPerAccelerator: number;
  readonly #startsAt: number;
  readonly #extentsAt: number;

  constructor(settings: TimelineSettings, words: Float64Array) {
    this.#settings = settings;
    this.#words = words;
    this.#startRing = settings.windowBatches + 1;
    this.#startsAt = TRACK_WORDS;
    this.#extentsAt = TRACK_WORDS + this.#startRing;
    this.#wordsPerAccelerator = wordsPerAccelerator(settings);
    this.#stalls = Array.from({ length: settings.numAccelerators }, (_, accelerator) => {
      const at = this.#track(accelerator) + STALLS;
      return words.subarray(at, at + HISTOGRAM_WORDS);
    });
  }

  /** Returns how many 64-bit words a timeline needs. */
  static numWords(settings: TimelineSettings): number {
    return settings.numAccelerators * wordsPerAccelerator(settings);
  }

  /** Begins an epoch at `startNs`. */
  begin(startNs: number): void {
    this.#words.fill(0);
    for (let accelerator = 0; accelerator < this.#settings.numAccelerators; accelerator++) {
      const track = this.#track(accelerator);
      this.#words[track + BEGIN] = this.#words[track + PREVIOUS_END] = startNs;
    }
  }

  /** Returns when the epoch began. */
  beginNs(): number {
    return this.#words[BEGIN];
  }

  /**
   * Notes that an extent's samples, up to `sampleEnd` of the accelerator's epoch, were ready at `readyNs` after
   * `readNs` of reading, `decodeNs` of decoding and `preprocessNs` of preprocessing, before which the reader had waited
   * for the window for `windowWaitNs`.
   */
  complete(
    accelerator: number,
    ordinal: number,
    sampleEnd: number,
    readyNs: number,
    readNs: number,
    decodeNs: number,
    preprocessNs: number,
    windowWaitNs: number,
  ): void {
    const words = this.#words, at = this.#extent(accelerator, ordinal);
    if (ordinal - this.extentsConsumed(accelerator) >= this.#settings.extentsInFlight) {
      throw new Error(`Extent ${ordinal} of accelerator ${accelerator} has no place in the timeline`);
    }
    words[at + EXTENT_STAMP] = ordinal + 1;
    words[at + EXTENT_END] = sampleEnd;
    words[at + EXTENT_READY] = readyNs;
    words[at + EXTENT_READ] = readNs;
    words[at + EXTENT_DECODE] = decodeNs;
    words[at + EXTENT_PREPROCESS] = preprocessNs;
    words[at + EXTENT_WINDOW_WAIT] = windowWaitNs;
  }

  /** Computes every start and end that the complete extents decide. */
  advance(): void {
    const { numAccelerators, barrierEachStep } = this.#settings;
    if (barrierEachStep) {
      while (this.#advanceTogether());
    } else {
      for (let accelerator = 0; accelerator < numAccelerators; accelerator++) {
        while (this.#start(accelerator)) {
          this.#endStep(accelerator, this.#words[this.#track(accelerator) + STEP_END]);
        }
      }
    }
  }

  /** Returns how many steps of the accelerator have a known start. */
  startsKnown(accelerator: number): number {
    return this.#words[this.#track(accelerator) + STARTS_KNOWN];
  }

  /** Returns when step `step` starts; it must be one of the last `windowBatches` + 1 with a known start. */
  startNs(accelerator: number, step: number): number {
    return this.#words[this.#track(accelerator) + this.#startsAt + step % this.#startRing];
  }

  /** Returns how many extents of the accelerator the timeline is done with. */
  extentsConsumed(accelerator: number): number {
    return this.#words[this.#track(accelerator) + EXTENTS_CONSUMED];
  }

  /** Returns how many steps have ended for all accelerators. */
  stepsDone(): number {
    let done = Infinity;
    for (let accelerator = 0; accelerator < this.#settings.numAccelerators; accelerator++) {
      done = Math.min(done, this.#words[this.#track(accelerator) + STEPS_DONE]);
    }
    return done;
  }

  /** Returns when the latest step of the accelerator ended, its barrier included. */
  endNs(accelerator: number): number {
    return this.#words[this.#track(accelerator) + PREVIOUS_END];
  }

  /**
   * Returns the accelerator's sums for an epoch that began at `startNs`. Of one that was cut short at `cutNs` the step under
   * way counts until then: an accelerator that waits for storage that hangs has waited, though its batch never comes.
   */
  totals(accelerator: number, startNs: number, cutNs = 0): AcceleratorTotals {
    const words = this.#words, track = this.#track(accelerator);
    const { steps, excludeStartSteps, excludeEndSteps } = this.#settings;
    const done = words[track + STEPS_DONE];
    const { waitNs, computeNs, barrierNs } = this.#underWay(accelerator, cutNs);
    const stalls = this.#stalls[accelerator].slice();
    if (waitNs > 0) record(stalls, waitNs);
    const endNs = words[track + PREVIOUS_END] + waitNs + computeNs + barrierNs;
    return {
      steps: done,
      countedSteps: Math.max(0, Math.min(done, steps - excludeEndSteps) - excludeStartSteps),
      computeNs: words[track + COMPUTE] + computeNs,
      storageWaitNs: words[track + STORAGE_WAIT] + waitNs,
      decodeWaitNs: words[track + DECODE_WAIT],
      preprocessWaitNs: words[track + PREPROCESS_WAIT],
      windowWaitNs: words[track + WINDOW_WAIT],
      barrierWaitNs: words[track + BARRIER_WAIT] + barrierNs,
      stalls,
      measuredNs: endNs - startNs - words[track + EXCLUDED],
      elapsedNs: endNs - startNs,
    };
  }

  /** Returns what of the step that has not ended lies before `cutNs`; nothing of a step that does not count. */
  #underWay(accelerator: number, cutNs: number): { waitNs: number; computeNs: number; barrierNs: number } {
    const words = this.#words, track = this.#track(accelerator);
    const step = words[track + STEPS_DONE], beginNs = words[track + PREVIOUS_END];
    if (cutNs <= beginNs || step >= this.#settings.steps || !this.#counts(step)) {
      return { waitNs: 0, computeNs: 0, barrierNs: 0 };
    }
    const hasStarted = words[track + STARTS_KNOWN] > step;
    const startNs = hasStarted ? Math.min(cutNs, this.startNs(accelerator, step)) : cutNs;
    const computedNs = hasStarted ? Math.min(cutNs, words[track + STEP_END]) : cutNs;
    return { waitNs: startNs - beginNs, computeNs: computedNs - startNs, barrierNs: cutNs - computedNs };
  }

  /** Starts the next step of each accelerator whose batch is ready; returns whether that ended the step for all. */
  #advanceTogether(): boolean {
    const words = this.#words, { numAccelerators } = this.#settings;
    let ended = 0, barrierNs = 0;
    for (let accelerator = 0; accelerator < numAccelerators; accelerator++) {
      const track = this.#track(accelerator);
      if (words[track + STARTS_KNOWN] === words[track + STEPS_DONE] && !this.#start(accelerator)) continue;
      ended++;
      barrierNs = Math.max(barrierNs, words[track + STEP_END]);
    }
    if (ended < numAccelerators) return false;
    for (let accelerator = 0; accelerator < numAccelerators; accelerator++) {
      this.#endStep(accelerator, barrierNs);
    }
    return true;
  }

  /** Computes start and end of the accelerator's next step; returns false when its batch is not ready. */
  #start(accelerator: number): boolean {
    const words = this.#words, track = this.#track(accelerator);
    const step = words[track + STARTS_KNOWN];
    if (step >= this.#settings.steps || !this.#batchIsReady(accelerator, step)) return false;
    const startNs = Math.max(words[track + PREVIOUS_END], words[track + BATCH_READY]);
    words[track + this.#startsAt + step % this.#startRing] = startNs;
    words[track + STEP_END] = startNs + this.#computeNs(accelerator, step);
    words[track + STARTS_KNOWN] = step + 1;
    return true;
  }

  /** Consumes complete extents, in order, until they cover the batch of `step`; returns whether they do. */
  #batchIsReady(accelerator: number, step: number): boolean {
    const words = this.#words, track = this.#track(accelerator);
    const needed = (step + 1) * this.#settings.batchSize;
    while (words[track + SAMPLES_COVERED] < needed) {
      const ordinal = words[track + EXTENTS_CONSUMED];
      const at = this.#extent(accelerator, ordinal);
      if (words[at + EXTENT_STAMP] !== ordinal + 1) return false;
      words[track + LAST_READY] = words[at + EXTENT_READY];
      words[track + LAST_READ] = words[at + EXTENT_READ];
      words[track + LAST_DECODE] = words[at + EXTENT_DECODE];
      words[track + LAST_PREPROCESS] = words[at + EXTENT_PREPROCESS];
      words[track + LAST_WINDOW_WAIT] = words[at + EXTENT_WINDOW_WAIT];
      if (words[track + LAST_READY] > words[track + BATCH_READY]) {
        words[track + BATCH_READY] = words[track + LAST_READY];
        words[track + BATCH_WINDOW_WAIT] = words[track + LAST_WINDOW_WAIT];
      }
      words[track + BATCH_READ] += words[track + LAST_READ];
      words[track + BATCH_DECODE] += words[track + LAST_DECODE];
      words[track + BATCH_PREPROCESS] += words[track + LAST_PREPROCESS];
      words[track + SAMPLES_COVERED] = words[at + EXTENT_END];
      words[track + EXTENTS_CONSUMED] = ordinal + 1;
    }
    return true;
  }

  /** Ends the accelerator's step at `barrierNs`, sums it up and lets the last extent carry over to the next batch. */
  #endStep(accelerator: number, barrierNs: number): void {
    const words = this.#words, track = this.#track(accelerator);
    this.#sumUp(accelerator, words[track + STEPS_DONE]);
    words[track + BARRIER_WAIT] += barrierNs - words[track + STEP_END];
    words[track + PREVIOUS_END] = barrierNs;
    words[track + STEPS_DONE]++;
    const carries = words[track + SAMPLES_COVERED] > words[track + STEPS_DONE] * this.#settings.batchSize;
    words[track + BATCH_READY] = carries ? words[track + LAST_READY] : 0;
    words[track + BATCH_READ] = carries ? words[track + LAST_READ] : 0;
    words[track + BATCH_DECODE] = carries ? words[track + LAST_DECODE] : 0;
    words[track + BATCH_PREPROCESS] = carries ? words[track + LAST_PREPROCESS] : 0;
    words[track + BATCH_WINDOW_WAIT] = carries ? words[track + LAST_WINDOW_WAIT] : 0;
  }

  /**
   * Adds the step that ends to the sums: not before, for the last start of an epoch cut short may have no end.
   *
   * Of the wait for a batch the window is to blame for as long as the reader that completed it waited for the window: so
   * much earlier would the batch have been ready. Where storage is slow no reader waits for the window. The rest is
   * shared between storage, decode and preprocessing as their work was.
   */
  #sumUp(accelerator: number, step: number): void {
    const words = this.#words, track = this.#track(accelerator);
    const startNs = words[track + this.#startsAt + step % this.#startRing];
    const waitNs = startNs - words[track + PREVIOUS_END];
    const computeNs = this.#settings.drawnTime ? words[track + STEP_END] - startNs : this.#settings.computeNs;
    if (!this.#counts(step)) {
      words[track + EXCLUDED] += waitNs + computeNs;
      return;
    }
    const readNs = words[track + BATCH_READ], preprocessNs = words[track + BATCH_PREPROCESS];
    const workNs = readNs + words[track + BATCH_DECODE] + preprocessNs;
    const windowWaitNs = Math.min(waitNs, words[track + BATCH_WINDOW_WAIT]);
    const workWaitNs = waitNs - windowWaitNs;
    const storageWaitNs = workNs > 0 ? workWaitNs * (readNs / workNs) : workWaitNs;
    const preprocessWaitNs = workNs > 0 ? workWaitNs * (preprocessNs / workNs) : 0;
    words[track + COMPUTE] += computeNs;
    words[track + STORAGE_WAIT] += storageWaitNs;
    words[track + PREPROCESS_WAIT] += preprocessWaitNs;
    words[track + WINDOW_WAIT] += windowWaitNs;
    words[track + DECODE_WAIT] += workWaitNs - storageWaitNs - preprocessWaitNs;
    if (waitNs > 0) record(this.#stalls[accelerator], waitNs);
  }

  #computeNs(accelerator: number, step: number): number {
    const { computeNs, drawnTime } = this.#settings;
    return drawnTime === undefined ? computeNs : drawStepNs(drawnTime, accelerator, step);
  }

  #counts(step: number): boolean {
    const { steps, excludeStartSteps, excludeEndSteps } = this.#settings;
    return step >= excludeStartSteps && step < steps - excludeEndSteps;
  }

  #track(accelerator: number): number {
    return accelerator * this.#wordsPerAccelerator;
  }

  #extent(accelerator: number, ordinal: number): number {
    const slot = ordinal % this.#settings.extentsInFlight;
    return this.#track(accelerator) + this.#extentsAt + slot * EXTENT_WORDS;
  }
}

function wordsPerAccelerator({ windowBatches, extentsInFlight }: TimelineSettings): number {
  return TRACK_WORDS + windowBatches + 1 + extentsInFlight * EXTENT_WORDS;
}
