// One reader thread: claims extents in plan order, has them fetched and decoded, tells the timeline when their samples
// were ready. While an epoch runs it allocates nothing, awaits nothing and sends nothing.
import { nowNs } from "../base/clock.ts";
import { ThreadTimes } from "../base/thread_usage.ts";
import { filePath } from "../dataset/file_names.ts";
import { type ChunkTable, chunkTableAt, chunkTableBytes } from "../format/parquet/chunk_table.ts";
import { selectColumns } from "../format/parquet/columns.ts";
import type { RowGroupDecoder } from "../format/parquet/decode.ts";
import { record } from "../metrics/histogram.ts";
import { COUNTER_WORD as COUNT, type CounterTotals, ReaderCounters } from "../metrics/read_counters.ts";
import { insertSlowRead, SLOW_READ_BOUND } from "../metrics/slow_reads.ts";
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
import { RawLog } from "./raw_log.ts";
import { LOCK, SharedMemory, STOP } from "./shared_memory.ts";
import { SpareReaders } from "./spare_readers.ts";
import { WindowGate } from "./window_gate.ts";

/** What a reader works on: the plan, and the memory in which it meets the other readers. */
export type ReaderScene = Pick<
  ReaderTask,
  "reader" | "accelerator" | "numNeeded" | "shape" | "buffers" | "plan" | "shuffle" | "preprocess" | "rawLog"
>;

/** A reader: buffers, open files and compiled code stay, the scene may change between epochs. */
export class Reader {
  readonly #files: OpenFiles;
  /** Absent where there are no files. */
  readonly #footers: FooterLoader | undefined;
  readonly #extents: ExtentReader;
  /** The footer of a file whose only row group comes with it. */
  readonly #ownTable: ChunkTable;
  readonly #claim: Claim = emptyClaim();
  readonly #threadTimes = new ThreadTimes();
  readonly #hasRunDelay = this.#threadTimes.hasRunDelay();
  readonly #isSynthetic: boolean;
  readonly #isBare: boolean;
  readonly #openedLog: RawLog | undefined;
  #scene: ReaderScene;
  #memory: SharedMemory;
  #timeline: Timeline;
  #slots: FooterSlots;
  #gate: WindowGate;
  #spares: SpareReaders;
  #counters: ReaderCounters;
  #preprocessing: Preprocessing | undefined;
  /** Absent where the scene's reads are not logged. */
  #log: RawLog | undefined;
  /** When the epoch began. */
  #beginNs = 0;

  /** `onLogEnd` hears why the raw log ends early. @throws {FileError} When the raw log cannot be created. */
  constructor(task: ReaderTask, onLogEnd: (message: string) => void) {
    this.#scene = task;
    this.#memory = new SharedMemory(task.shape, task.buffers);
    this.#timeline = new Timeline(task.shape.timeline, this.#memory.timelineWords);
    this.#slots = new FooterSlots(this.#memory, task.accelerator);
    this.#gate = new WindowGate(this.#memory, this.#timeline, task.accelerator);
    this.#spares = spareReaders(this.#memory, task);
    this.#counters = new ReaderCounters(this.#memory.readerWords(task.reader));
    this.#preprocessing = preprocessing(this.#memory, task);
    this.#isSynthetic = task.synthetic;
    this.#isBare = task.bare;
    const { accelerator, reader, rawLog } = task, pathOf = (file: number) => filePath(task.names, file);
    this.#openedLog = rawLog && new RawLog({ ...rawLog, accelerator, reader, pathOf, onEnd: onLogEnd });
    this.#log = this.#openedLog;
    const storage = new PosixStorage({
      direct: task.direct,
      onRead: task.bare
        ? undefined
        : (file, offsetBytes, bytes, beginNs, elapsedNs) =>
          this.#countRead(file, offsetBytes, bytes, beginNs, elapsedNs),
    });
    const schema = [...task.schema];
    const columns = task.synthetic ? [] : selectColumns(schema, task.columns, pathOf(0));
    this.#files = new OpenFiles(storage, pathOf);
    this.#footers = task.synthetic ? undefined : new FooterLoader(storage, {
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
      timesReads: !task.bare,
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
    this.#log = scene.rawLog && this.#openedLog;
  }

  /** Reads this reader's share of epoch `epoch`, until everything is claimed or the run is stopped. */
  runEpoch(epoch: number): void {
    const decodedBefore = decodeCounts(this.#extents.decoder);
    this.#threadTimes.read();
    const { cpuNs, runDelayNs } = this.#threadTimes;
    this.#beginNs = this.#timeline.beginNs();
    this.#gate.waitedNs = 0;
    this.#slots.waitedNs = 0;
    this.#spares.pausedNs = 0;
    this.#log?.beginEpoch(epoch + 1);
    try {
      this.#readShare(epoch);
    } finally {
      const { words } = this.#counters;
      words[COUNT.windowWaitNs] = this.#gate.waitedNs;
      words[COUNT.turnWaitNs] = this.#slots.waitedNs;
      words[COUNT.pausedNs] = this.#spares.pausedNs;
      this.#countDecoded(decodedBefore);
      this.#spares.endEpoch();
      this.#threadTimes.read();
      words[COUNT.cpuNs] = this.#threadTimes.cpuNs - cpuNs;
      words[COUNT.runDelayNs] = this.#threadTimes.runDelayNs - runDelayNs;
      words[COUNT.hasThreadTimes] = this.#hasRunDelay ? 1 : 0;
      this.#log?.flush();
    }
  }

  #readShare(epoch: number): void {
    const { plan, shuffle, accelerator } = this.#scene;
    const order = epochOrder(shuffle, epoch);
    const cursor = new ExtentCursor(this.#memory.cursorWords(accelerator), { ...plan, order }, accelerator);
    for (;;) {
      this.#spares.waitForCall();
      if (Atomics.load(this.#memory.control, STOP) !== 0) break;
      const turnOf = this.#claimNext(cursor);
      if (turnOf >= 0) {
        this.#slots.waitForTurnOf(turnOf);
        continue;
      }
      if (this.#claim.kind === CLAIM_NOTHING) {
        this.#counters.words[COUNT.doneNs] = nowNs() - this.#beginNs;
        break;
      }
      if (this.#claim.kind === CLAIM_FOOTER) this.#loadFooter();
      else if (this.#isSynthetic) this.#makeExtent();
      else if (this.#scene.plan.hasFooterInExtent) this.#readSmallFile();
      else this.#readExtent();
    }
  }

  /** Closes the files that are still open. */
  close(): void {
    this.#files.closeAll();
    this.#threadTimes.close();
    this.#openedLog?.close();
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
    this.#footers!.load(this.#files.open(file), table, layoutOf(this.#scene.plan, file));
    this.#slots.publish(filePosition);
    this.#countFooter();
    this.#counters.words[COUNT.footerNs] += nowNs() - beginNs;
  }

  #countFooter(): void {
    const { words } = this.#counters, { requestedBytes, returnedBytes } = this.#footers!;
    words[COUNT.footers]++;
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
    this.#countExtent();
    this.#complete(ordinal, sampleStart, sampleEnd);
  }

  /** Reads a file of one row group, footer and all, by one read where it is small. */
  #readSmallFile(): void {
    const { file, ordinal, sampleStart, sampleEnd } = this.#claim;
    if (!this.#waitForWindow(sampleStart)) return;
    this.#spares.beginExtent();
    const beginNs = nowNs();
    this.#footers!.load(this.#files.open(file), this.#ownTable, layoutOf(this.#scene.plan, file));
    this.#countFooter();
    this.#extents.plan(this.#ownTable, 0);
    this.#extents.readBehind(this.#footers!, file, beginNs);
    this.#spares.endExtent();
    this.#countExtent();
    this.#complete(ordinal, sampleStart, sampleEnd);
  }

  /** Has an extent ready without reading anything. */
  #makeExtent(): void {
    const { ordinal, sampleStart, sampleEnd } = this.#claim;
    if (!this.#waitForWindow(sampleStart)) return;
    this.#extents.endNs = nowNs();
    this.#complete(ordinal, sampleStart, sampleEnd);
  }

  #waitForWindow(sampleStart: number): boolean {
    return this.#gate.waitForBatch(Math.floor(sampleStart / this.#scene.plan.batchSize));
  }

  /**
   * Preprocesses an extent, then tells the timeline that it is ready, and the other readers what follows from it; tells
   * nobody, as the samples are not ready, when the run was stopped before.
   */
  #complete(ordinal: number, sampleStart: number, sampleEnd: number): void {
    const { control } = this.#memory, { accelerator } = this.#scene, { words } = this.#counters;
    const { readNs, decodeNs } = this.#extents, windowWaitNs = this.#gate.latestWaitNs;
    let readyNs = this.#extents.endNs, preprocessNs = 0;
    if (this.#preprocessing !== undefined) {
      const doneNs = this.#preprocessing.wait(accelerator, ordinal, sampleEnd - sampleStart);
      preprocessNs = this.#preprocessing.waitedNs;
      words[COUNT.preprocessNs] += preprocessNs;
      if (doneNs === undefined) return;
      readyNs = doneNs;
    }
    acquire(control, LOCK);
    try {
      this.#timeline.complete(
        accelerator,
        ordinal,
        sampleEnd,
        readyNs,
        readNs,
        decodeNs,
        preprocessNs,
        windowWaitNs,
      );
      this.#timeline.advance();
      this.#gate.publish();
    } finally {
      release(control, LOCK);
    }
    words[COUNT.extents]++;
    words[COUNT.samples] += sampleEnd - sampleStart;
  }

  #countRead(
    file: number,
    offsetBytes: number,
    bytes: number,
    beginNs: number,
    elapsedNs: number,
  ): void {
    const { words, read, slowReads } = this.#counters, sinceBeginNs = beginNs - this.#beginNs;
    words[COUNT.reads]++;
    record(read, elapsedNs);
    if (elapsedNs > slowReads[SLOW_READ_BOUND]) {
      insertSlowRead(slowReads, file, offsetBytes, bytes, sinceBeginNs, elapsedNs);
    }
    if (this.#log !== undefined) this.#log.add(file, offsetBytes, bytes, sinceBeginNs, elapsedNs);
  }

  /** Counts what was fetched and decoded, whether or not it will be ready before the run is stopped. */
  #countExtent(): void {
    const { words, extent, decode } = this.#counters;
    const { ranges, readNs, decodeNs, requestedBytes, returnedBytes } = this.#extents;
    words[COUNT.usefulBytes] += ranges.usefulBytes;
    words[COUNT.requestedBytes] += requestedBytes;
    words[COUNT.returnedBytes] += returnedBytes;
    words[COUNT.readNs] += readNs;
    words[COUNT.decodeNs] += decodeNs;
    words[COUNT.windowWaitNs] = this.#gate.waitedNs;
    record(extent, readNs + decodeNs);
    if (this.#extents.decoder !== undefined && !this.#isBare) record(decode, decodeNs);
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
