// The memory that the main thread and all readers of a run share, and where everything lies in it. Nothing is sent
// between threads while an epoch runs: all they have to tell each other stands here.
import { chunkTableBytes } from "../format/parquet/chunk_table.ts";
import { Timeline, type TimelineSettings } from "../metrics/timeline.ts";
import { CURSOR_WORDS } from "../plan/extent_cursor.ts";
import { READER_WORDS } from "../metrics/read_counters.ts";

/** The sizes that decide the layout. */
export interface MemoryShape {
  readonly timeline: TimelineSettings;
  readonly numReaders: number;
  /** Footers held at once for each accelerator. */
  readonly footerSlots: number;
  readonly maxRowGroups: number;
  readonly numColumns: number;
}

/** The buffers, as they are sent to a reader when it is made. */
export interface SharedBuffers {
  readonly control: SharedArrayBuffer;
  readonly words: SharedArrayBuffer;
  readonly chunkTables: SharedArrayBuffer;
}

/** Words of `control`: these, the starts known of each accelerator, the footer slots of each accelerator. */
export const STOP = 0, // 1: leave the epoch
  GATE = 1, // how often epochs have begun; readers wait here for the next
  READY = 2, // readers that wait at the gate
  LOCK = 3, // guards cursors and timeline
  SPARES = 4, // whether the spare readers pause: PAUSED, CALLED or OVER (spare_readers.ts)
  SLEEPINESS = 5, // how much the reads have slept lately
  EPOCH = 6; // the epoch that the gate opens for: not each epoch is one of these readers'
const FIXED_CONTROL_WORDS = 7;
export const GATE_CLOSED_FOR_GOOD = -1;
/** Words of a footer slot: the file position loaded + 1, its users in even turns, its users in odd turns. */
export const SLOT_WORDS = 3;

/** All views that a thread needs. */
export class SharedMemory {
  readonly shape: MemoryShape;
  readonly buffers: SharedBuffers;
  readonly control: Int32Array;
  readonly timelineWords: Float64Array;

  constructor(shape: MemoryShape, buffers: SharedBuffers = allocate(shape)) {
    this.shape = shape;
    this.buffers = buffers;
    this.control = new Int32Array(buffers.control);
    this.timelineWords = new Float64Array(buffers.words, 0, Timeline.numWords(shape.timeline));
  }

  /** Returns the control word that tells how many starts of the accelerator are known. */
  startsKnownAt(accelerator: number): number {
    return FIXED_CONTROL_WORDS + accelerator;
  }

  /** Returns the first of the control words of an accelerator's footer slots. */
  footerSlotsAt(accelerator: number): number {
    const { timeline, footerSlots } = this.shape;
    return FIXED_CONTROL_WORDS + timeline.numAccelerators + accelerator * footerSlots * SLOT_WORDS;
  }

  /** Returns where the chunk table of a footer slot begins in its buffer. */
  chunkTableAt(accelerator: number, slot: number): number {
    const { footerSlots, maxRowGroups, numColumns } = this.shape;
    return (accelerator * footerSlots + slot) * chunkTableBytes(maxRowGroups, numColumns);
  }

  cursorWords(accelerator: number): Float64Array {
    return this.#words(this.timelineWords.length + accelerator * CURSOR_WORDS, CURSOR_WORDS);
  }

  readerWords(reader: number): Float64Array {
    const { numAccelerators } = this.shape.timeline;
    return this.#words(
      this.timelineWords.length + numAccelerators * CURSOR_WORDS + reader * READER_WORDS,
      READER_WORDS,
    );
  }

  #words(first: number, count: number): Float64Array {
    return new Float64Array(this.buffers.words, first * 8, count);
  }
}

function allocate(
  { timeline, numReaders, footerSlots, maxRowGroups, numColumns }: MemoryShape,
): SharedBuffers {
  const { numAccelerators } = timeline;
  const controlWords = FIXED_CONTROL_WORDS + numAccelerators * (1 + footerSlots * SLOT_WORDS);
  const words = Timeline.numWords(timeline) + numAccelerators * CURSOR_WORDS + numReaders * READER_WORDS;
  return {
    control: new SharedArrayBuffer(controlWords * 4),
    words: new SharedArrayBuffer(words * 8),
    chunkTables: new SharedArrayBuffer(
      numAccelerators * footerSlots * chunkTableBytes(maxRowGroups, numColumns),
    ),
  };
}
