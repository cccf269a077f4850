// The messages between the main thread and its workers: one when a worker is made, one when it ends. Everything that
// happens in between is in shared memory (shared_memory.ts). Plain values only.
import type { SchemaElement } from "hyparquet";
import type { DatasetSpecification } from "../dataset/specification.ts";
import type { FileNames } from "../dataset/file_names.ts";
import type { DatasetExpectation } from "../dataset/validate_expectation.ts";
import type { Finding } from "../dataset/validate_finding.ts";
import type { PreprocessTime } from "../metrics/preprocess_time.ts";
import type { EpochPlan } from "../plan/extent_cursor.ts";
import type { ShuffleSettings } from "../plan/epoch_order.ts";
import type { RangeRules } from "../plan/read_ranges.ts";
import type { RawReadPlan } from "./raw_read.ts";
import type { MemoryShape, SharedBuffers } from "./shared_memory.ts";

export type DecodeMode = "values" | "pages" | "none";

/** All that a reader thread needs to know, for all epochs. */
export interface ReaderTask {
  readonly kind: "read";
  readonly reader: number;
  readonly accelerator: number;
  /** Readers of each accelerator that keep this host's cores busy. */
  readonly numNeeded: number;
  readonly shape: MemoryShape;
  readonly buffers: SharedBuffers;
  readonly plan: Omit<EpochPlan, "order">;
  readonly shuffle: ShuffleSettings;
  readonly names: FileNames;
  readonly schema: readonly SchemaElement[];
  /** The same as the bytes of the first file's footer. */
  readonly schemaSection: Uint8Array;
  /** Names of the columns to read; absent: all. */
  readonly columns?: readonly string[];
  /** Bytes that a sample takes in the files, all columns. */
  readonly sampleBytes: number;
  readonly decode: DecodeMode;
  /** Absent where samples take no time after they are decoded. */
  readonly preprocess?: PreprocessTime;
  /** Whether extents are ready as soon as the window admits them: there are no files. */
  readonly synthetic: boolean;
  readonly direct: boolean;
  /** Absent where extents are fetched by one read after another alone. */
  readonly ring?: RingTask;
  readonly ranges: RangeRules;
  /** Whether single reads are not timed and not counted. */
  readonly bare: boolean;
  /** How long readers rehearse at most. */
  readonly rehearsalNs: number;
  /** Absent where reads are not logged. */
  readonly rawLog?: RawLogTask;
}

/** How a reader uses io_uring. */
export interface RingTask {
  /** Reads in flight. */
  readonly depth: number;
  readonly use: "always" | "while_reads_sleep";
  /** Whether a reader that gets no ring fails, rather than doing without. */
  readonly isRequired: boolean;
}

/** Where every read is logged; each reader has a file of its own. */
export interface RawLogTask {
  readonly folder: string;
  readonly phase: "training" | "evaluation";
}

/** All that a generating thread needs to know. */
export interface GeneratorTask {
  readonly kind: "generate";
  readonly dataFolder: string;
  readonly specification: DatasetSpecification;
  /** Whether files are written around the page cache (O_DIRECT). */
  readonly direct: boolean;
  /** The files to write; workers take them in this order, through `progress`. */
  readonly fileIndexes: Int32Array;
  readonly progress: SharedArrayBuffer;
}

/** All that a validating thread needs to know. */
export interface ValidatorTask {
  readonly kind: "validate";
  readonly expectation: DatasetExpectation;
  /** Whether every value is read and compared. */
  readonly deep: boolean;
  readonly direct: boolean;
  readonly progress: SharedArrayBuffer;
}

/** All that a thread of a raw read needs to know. */
export interface RawReadTask {
  readonly kind: "raw_read";
  readonly thread: number;
  readonly plan: RawReadPlan;
  readonly histograms: SharedArrayBuffer;
  readonly progress: SharedArrayBuffer;
}

export type ToWorker = ReaderTask | GeneratorTask | ValidatorTask | RawReadTask;

/** An error as it crosses from a worker; the class is restored on arrival. */
export interface WireError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
}

export type FromWorker =
  | { readonly kind: "generated"; readonly fileIndex: number; readonly fileBytes: number }
  | {
    /** Told of files that differ alone. */
    readonly kind: "validated";
    readonly fileIndex: number;
    /** The first of `numFindings`. */
    readonly findings: readonly Finding[];
    readonly numFindings: number;
  }
  /** A raw log cannot be written any more; its reader goes on. */
  | { readonly kind: "raw_log_ended"; readonly message: string }
  /** The kernel gives a reader no ring; it does without. */
  | { readonly kind: "ring_refused"; readonly reason: string }
  /** The kernel may still write to this memory, whatever becomes of the thread. */
  | { readonly kind: "abandoned"; readonly buffers: readonly ArrayBufferLike[] }
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly error: WireError };
