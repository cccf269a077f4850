// One reader thread: claims extents in plan order, has them fetched and decoded, tells the timeline when their samples
// were ready. While an epoch runs it allocates nothing, awaits nothing and sends nothing.
import { nowNs } from "../base/clock.ts";
import { filePath } from "../dataset/file_names.ts";
import { type ChunkTable, chunkTableAt, chunkTableBytes } from "../format/parquet/chunk_table.ts";
import { selectColumns } from "../format/parquet/columns.ts";
import type { RowGroupDecoder } from "../format/parquet/decode.ts";
import { record } from "../metrics/histogram.ts";
import { COUNTER_WORD as COUNT, type CounterTotals, ReaderCounters } from "../metrics/read_counters.ts";
import { Timeline } from "../metrics/timeline.ts";
import { epochOrder } from "../plan/epoch_order.ts";
import {
  type Claim,
  CLAIM_EXTENT,
  CLAIM_FOOTER,
  CLAIM_NOTHING,
  emptyClaim,
  ExtentCursor,
  layoutOf,
} from "../plan/extent_cursor.ts";
import { PosixStorage } from "../storage/posix.ts";
import { ExtentReader } from "./extent_reader.ts";
import { FooterLoader } from "./footer_loader.ts";
import { FooterSlots } from "./footer_slots.ts";
import { acquire, release } from "./lock.ts";
import { OpenFiles } from "./open_files.ts";
import { Preprocessing } from "./preprocessing.ts";
import type { ReaderTask } from "./protocol.ts";
import { LOCK, SharedMemory, STOP } from "./shared_memory.ts";
import { SpareReaders } from "./spare_readers.ts";
import { WindowGate } from "./window_gate.ts";

/** What a reader works on: the plan, and the memory in which it meets the other readers. */
export type ReaderScene = Pick<
  ReaderTask,
  "reader" | "accelerator" | "numNeeded" | "shape" | "buffers" | "plan" | "shuffle" | "preprocess"
>;

/** A reader: buffers, open files and compiled code stay, the scene may change between epochs. */
export class Reader {
  readonly #files: OpenFiles;
  readonly #footers: FooterLoader;
  readonly #extents: ExtentReader;
  /** The footer of a file whose only row group comes with it. */
  readonly #ownTable: ChunkTable;
  readonly #claim: Claim = emptyClaim();
  #scene: ReaderScene;
  #memory: SharedMemory;
  #timeline: Timeline;
  #slots: FooterSlots;
  #gate: WindowGate;
  #spares: SpareReaders;
  #counters: ReaderCounters;
  #preprocessing: Preprocessing | undefined;

  constructor(task: ReaderTask) {
    this.#scene = task;
    this.#memory = new SharedMemory(task.shape, task.buffers);
    this.#timeline = new Timeline(task.shape.timeline, this.#memory.timelineWords);
    this.#slots = new FooterSlots(this.#memory, task.accelerator);
    this.#gate = new WindowGate(this.#memory, this.#timeline, task.accelerator);
    this.#spares = spareReaders(this.#memory, task);
    this.#counters = new ReaderCounters(this.#memory.readerWords(task.reader));
    this.#preprocessing = preprocessing(this.#memory, task);
    const storage = new PosixStorage({
      direct: task.direct,
      onRead: (elapsedNs) => {
        record(this.#counters.read, elapsedNs);
        this.#counters.words[COUNT.reads]++;
      },
    });
    const schema = [...task.schema];
    const columns = selectColumns(schema, task.columns, filePath(task.names, 0));
    this.#files = new OpenFiles(storage, (file) => filePath(task.names, file));
    this.#footers = new FooterLoader(storage, {
      schema,
      columns,
      schemaSection: task.schemaSection,
      alignBytes: task.ranges.alignBytes,
    });
    this.#extents = new ExtentReader({
      storage,
      files: this.#files,
      columns,
      decode: task.decode,
      rules: task.ranges,
      table: this.#slots.anyTable,
    });
    this.#ownTable = chunkTableAt(new ArrayBuffer(chunkTableBytes(1, columns.length)), 0, 1, columns.length);
  }

  /** Moves to another scene. */
  enter(scene: ReaderScene): void {
    this.#scene = scene;
    this.#memory = new SharedMemory(scene.shape, scene.buffers);
    this.#timeline = new Timeline(scene.shape.timeline, this.#memory.timelineWords);
    this.#slots = new FooterSlots(this.#memory, scene.accelerator);
    this.#gate = new WindowGate(this.#memory, this.#timeline, scene.accelerator);
    this.#spares = spareReaders(this.#memory, scene);
    this.#counters = new ReaderCounters(this.#memory.readerWords(scene.reader));
    this.#preprocessing = preprocessing(this.#memory, scene);
  }

  /** Reads this reader's share of epoch `epoch`, until everything is claimed or the run is stopped. */
  runEpoch(epoch: number): void {
    const { plan, shuffle, accelerator } = this.#scene;
    const order = epochOrder(shuffle, epoch);
    const cursor = new ExtentCursor(this.#memory.cursorWords(accelerator), { ...plan, order }, accelerator);
    const decodedBefore = decodeCounts(this.#extents.decoder);
    this.#gate.waitedNs = 0;
    this.#spares.pausedNs = 0;
    for (;;) {
      this.#spares.waitForCall();
      if (Atomics.load(this.#memory.control, STOP) !== 0) break;
      const turnOf = this.#claimNext(cursor);
      if (turnOf >= 0) {
        this.#slots.waitForTurnOf(turnOf);
        continue;
      }
      if (this.#claim.kind === CLAIM_NOTHING) break;
      if (this.#claim.kind === CLAIM_FOOTER) this.#loadFooter();
      else if (this.#scene.plan.hasFooterInExtent) this.#readSmallFile();
      else this.#readExtent();
    }
    this.#counters.words[COUNT.pausedNs] = this.#spares.pausedNs;
    this.#spares.endEpoch();
    this.#countDecoded(decodedBefore);
  }

  /** Closes the files that are still open. */
  close(): void {
    this.#files.closeAll();
  }

  /** Claims what to do next; returns the place of a file whose turn has to come before, -1 when something is claimed. */
  #claimNext(cursor: ExtentCursor): number {
    const { control } = this.#memory;
    const usesSlots = !this.#scene.plan.hasFooterInExtent;
    acquire(control, LOCK);
    try {
      if (usesSlots && cursor.isAtExtent && !this.#slots.isTurnOf(cursor.filePosition)) {
        return cursor.filePosition;
      }
      cursor.next(this.#claim);
      if (usesSlots && this.#claim.kind === CLAIM_EXTENT) this.#slots.addUser(this.#claim.filePosition);
      return -1;
    } finally {
      release(control, LOCK);
    }
  }

  #loadFooter(): void {
    const { filePosition, file } = this.#claim;
    const table = this.#slots.tableToFill(filePosition);
    if (table === undefined) return;
    const beginNs = nowNs();
    this.#footers.load(this.#files.open(file), table, layoutOf(this.#scene.plan, file));
    this.#slots.publish(filePosition);
    this.#countFooter(beginNs);
  }

  #countFooter(beginNs: number): void {
    const { words } = this.#counters, { requestedBytes, returnedBytes } = this.#footers;
    words[COUNT.footers]++;
    words[COUNT.footerNs] += nowNs() - beginNs;
    words[COUNT.footerBytes] += requestedBytes;
    words[COUNT.requestedBytes] += requestedBytes;
    words[COUNT.returnedBytes] += returnedBytes;
  }

  #readExtent(): void {
    const { filePosition, file, rowGroup, ordinal, sampleStart, sampleEnd } = this.#claim;
    const table = this.#slots.table(filePosition);
    if (table === undefined) return;
    this.#extents.plan(table, rowGroup);
    if (!this.#waitForWindow(sampleStart)) return;
    this.#spares.beginExtent();
    this.#extents.read(file);
    this.#spares.endExtent();
    this.#slots.removeUser(filePosition);
    if (this.#complete(ordinal, sampleStart, sampleEnd)) this.#count(sampleEnd - sampleStart);
  }

  /** Reads a file of one row group, footer and all, by one read where it is small. */
  #readSmallFile(): void {
    const { file, ordinal, sampleStart, sampleEnd } = this.#claim;
    if (!this.#waitForWindow(sampleStart)) return;
    this.#spares.beginExtent();
    const beginNs = nowNs();
    this.#footers.load(this.#files.open(file), this.#ownTable, layoutOf(this.#scene.plan, file));
    this.#countFooter(beginNs);
    this.#extents.plan(this.#ownTable, 0);
    this.#extents.readBehind(this.#footers, file, beginNs);
    this.#spares.endExtent();
    if (this.#complete(ordinal, sampleStart, sampleEnd)) this.#count(sampleEnd - sampleStart);
  }

  #waitForWindow(sampleStart: number): boolean {
    return this.#gate.waitForBatch(Math.floor(sampleStart / this.#scene.plan.batchSize));
  }

  /**
   * Preprocesses an extent, then tells the timeline that it is ready, and the other readers what follows from it; returns
   * false, and has told nobody, when the run was stopped before.
   */
  #complete(ordinal: number, sampleStart: number, sampleEnd: number): boolean {
    const { control } = this.#memory, { accelerator } = this.#scene, { readNs, decodeNs } = this.#extents;
    let readyNs = this.#extents.endNs, preprocessNs = 0;
    if (this.#preprocessing !== undefined) {
      const doneNs = this.#preprocessing.wait(accelerator, ordinal, sampleEnd - sampleStart);
      if (doneNs === undefined) return false;
      readyNs = doneNs;
      preprocessNs = this.#preprocessing.waitedNs;
      this.#counters.words[COUNT.preprocessNs] += preprocessNs;
    }
    acquire(control, LOCK);
    try {
      this.#timeline.complete(accelerator, ordinal, sampleEnd, readyNs, readNs, decodeNs, preprocessNs);
      this.#timeline.advance();
      this.#gate.publish();
    } finally {
      release(control, LOCK);
    }
    return true;
  }

  #count(samples: number): void {
    const { words, extent, decode } = this.#counters;
    const { ranges, readNs, decodeNs, requestedBytes, returnedBytes } = this.#extents;
    words[COUNT.extents]++;
    words[COUNT.samples] += samples;
    words[COUNT.usefulBytes] += ranges.usefulBytes;
    words[COUNT.requestedBytes] += requestedBytes;
    words[COUNT.returnedBytes] += returnedBytes;
    words[COUNT.readNs] += readNs;
    words[COUNT.decodeNs] += decodeNs;
    words[COUNT.windowWaitNs] = this.#gate.waitedNs;
    record(extent, readNs + decodeNs);
    if (this.#extents.decoder !== undefined) record(decode, decodeNs);
  }

  #countDecoded(before: DecodeCounts): void {
    const { words } = this.#counters, now = decodeCounts(this.#extents.decoder);
    words[COUNT.fastChunks] = now.fastChunks - before.fastChunks;
    words[COUNT.fallbackChunks] = now.fallbackChunks - before.fallbackChunks;
    words[COUNT.nestedChunks] = now.nestedChunks - before.nestedChunks;
    words[COUNT.deltaChunks] = now.deltaChunks - before.deltaChunks;
    words[COUNT.pages] = now.pages - before.pages;
    words[COUNT.valueBytes] = now.valueBytes - before.valueBytes;
  }
}

function spareReaders(memory: SharedMemory, { reader, numNeeded }: ReaderScene): SpareReaders {
  const numReaders = memory.shape.numReaders / memory.shape.timeline.numAccelerators;
  return new SpareReaders(memory, { place: reader % numReaders, numReaders, numNeeded });
}

function preprocessing(memory: SharedMemory, { preprocess }: ReaderScene): Preprocessing | undefined {
  return preprocess && new Preprocessing(memory, preprocess);
}

type DecodeCounts = Pick<
  CounterTotals,
  "fastChunks" | "fallbackChunks" | "nestedChunks" | "deltaChunks" | "pages" | "valueBytes"
>;

function decodeCounts(decoder: RowGroupDecoder | undefined): DecodeCounts {
  const { fastChunks = 0, fallbackChunks = 0, fallbacks, pages = 0, valueBytes = 0 } = decoder ?? {};
  const { nested: nestedChunks = 0, delta: deltaChunks = 0 } = fallbacks ?? {};
  return { fastChunks, fallbackChunks, nestedChunks, deltaChunks, pages, valueBytes };
}
