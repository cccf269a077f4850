// One reader thread: claims extents in plan order, has them fetched and decoded, tells the timeline when their samples
// were ready. While an epoch runs it allocates nothing, awaits nothing and sends nothing.
import { nowNs } from "../base/clock.ts";
import { filePath } from "../dataset/file_names.ts";
import { type ChunkTable, chunkTableAt, chunkTableBytes } from "../format/parquet/chunk_table.ts";
import { selectColumns } from "../format/parquet/columns.ts";
import { COUNTER_WORD as COUNT, ReaderCounters } from "../metrics/read_counters.ts";
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
import { ExtentsAhead } from "./extents_ahead.ts";
import { FooterLoader } from "./footer_loader.ts";
import { FooterSlots } from "./footer_slots.ts";
import { acquire, release } from "./lock.ts";
import { OpenFiles } from "./open_files.ts";
import { Preprocessing } from "./preprocessing.ts";
import type { ReaderTask, RingTask } from "./protocol.ts";
import { RawLog } from "./raw_log.ts";
import { type AccountPlace, ReaderAccounts } from "./reader_accounts.ts";
import { RingChoice } from "./ring_choice.ts";
import { LOCK, SharedMemory, STOP } from "./shared_memory.ts";
import { SpareReaders } from "./spare_readers.ts";
import { WindowGate } from "./window_gate.ts";

/** Who hears of what a reader has to do without. */
export interface ReaderNotices {
  /** Hears why the raw log ends early. */
  readonly onLogEnd: (message: string) => void;
  /** Hears why extents are not fetched by io_uring. */
  readonly onRingRefusal: (reason: string) => void;
}

/** Answers of `#claimNext`, or the place of a file whose turn has to come before. */
const CLAIMED = -1, NOT_YET = -2;

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
  readonly #choice: RingChoice;
  /** Absent where all extents are fetched by pread. */
  readonly #ahead: ExtentsAhead | undefined;
  /** The footer of a file whose only row group comes with it. */
  readonly #ownTable: ChunkTable;
  readonly #claim: Claim = emptyClaim();
  readonly #accounts: ReaderAccounts;
  readonly #ring: RingTask | undefined;
  readonly #isSynthetic: boolean;
  readonly #openedLog: RawLog | undefined;
  #scene!: ReaderScene;
  #memory!: SharedMemory;
  #timeline!: Timeline;
  #slots!: FooterSlots;
  #gate!: WindowGate;
  #spares!: SpareReaders;
  #preprocessing: Preprocessing | undefined;

  /** @throws {FileError} When the raw log cannot be created. */
  constructor(task: ReaderTask, { onLogEnd, onRingRefusal }: ReaderNotices) {
    this.#ring = task.ring;
    this.#moveTo(task);
    this.#isSynthetic = task.synthetic;
    const { accelerator, reader, rawLog } = task, pathOf = (file: number) => filePath(task.names, file);
    this.#openedLog = rawLog && new RawLog({ ...rawLog, accelerator, reader, pathOf, onEnd: onLogEnd });
    this.#accounts = new ReaderAccounts(this.#accountPlace());
    const { direct } = task, onRead = task.bare ? undefined : this.#accounts.countRead;
    const storage = new PosixStorage({ direct, onRead, blockBytes: task.ranges.alignBytes });
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
    this.#choice = new RingChoice(task.ring, {
      direct,
      onRead,
      blockBytes: task.ranges.alignBytes,
      onRefusal: onRingRefusal,
    });
    const { ring } = this.#choice;
    this.#ahead = ring && new ExtentsAhead({
      ring,
      depth: task.ring!.depth,
      files: this.#files,
      numColumns: columns.length,
      rules: task.ranges,
      table: this.#slots.anyTable,
    });
  }

  /** Whether extents can be fetched in two ways. */
  get hasChoice(): boolean {
    return this.#choice.isOpen;
  }

  /** Lets extents be fetched by io_uring, or by pread, or (undefined) as is faster. */
  force(usesRing: boolean | undefined): void {
    this.#choice.force(usesRing);
  }

  /** Moves to another scene. */
  enter(scene: ReaderScene): void {
    this.#moveTo(scene);
    this.#accounts.enter(this.#accountPlace());
  }

  /** Reads this reader's share of epoch `epoch`, until everything is claimed or the run is stopped. */
  runEpoch(epoch: number): void {
    const { ring } = this.#choice, { decoder } = this.#extents;
    this.#accounts.beginEpoch(epoch + 1, { beginNs: this.#timeline.beginNs(), decoder });
    this.#gate.waitedNs = 0;
    this.#slots.waitedNs = 0;
    this.#spares.pausedNs = 0;
    if (ring !== undefined) ring.deepestQueue = 0;
    try {
      this.#readShare(epoch);
    } finally {
      const waits = {
        windowWaitNs: this.#gate.waitedNs,
        turnWaitNs: this.#slots.waitedNs,
        pausedNs: this.#spares.pausedNs,
        deepestQueue: ring?.deepestQueue ?? 0,
      };
      this.#spares.endEpoch();
      this.#accounts.endEpoch(waits, decoder);
    }
  }

  #readShare(epoch: number): void {
    const { plan, shuffle, accelerator } = this.#scene;
    const order = epochOrder(shuffle, epoch);
    const cursor = new ExtentCursor(this.#memory.cursorWords(accelerator), { ...plan, order }, accelerator);
    const ahead = this.#ahead;
    for (;;) {
      const numAhead = ahead === undefined ? 0 : ahead.length;
      if (numAhead === 0) this.#spares.waitForCall();
      if (this.#isStopped()) {
        ahead?.cancel(); // the next epoch has other extents
        break;
      }
      if (numAhead > 0 && (ahead!.isFull || this.#spares.isToPause)) {
        this.#finishOldest(ahead!);
        continue;
      }
      const turnOf = this.#claimNext(cursor, numAhead > 0);
      if (turnOf === NOT_YET) {
        this.#finishOldest(ahead!);
        continue;
      }
      if (turnOf !== CLAIMED) {
        this.#slots.waitForTurnOf(turnOf);
        continue;
      }
      if (this.#claim.kind === CLAIM_NOTHING) {
        this.#finishAll();
        if (this.#isStopped()) continue;
        this.#accounts.finish(nowNs());
        break;
      }
      if (this.#claim.kind === CLAIM_FOOTER) this.#loadFooter();
      else if (this.#isSynthetic) this.#makeExtent();
      else if (this.#scene.plan.hasFooterInExtent) this.#readSmallFile();
      else if (ahead !== undefined && this.#choice.usesRing()) this.#submitExtent(ahead);
      else this.#readExtent();
    }
  }

  #isStopped(): boolean {
    return Atomics.load(this.#memory.control, STOP) !== 0;
  }

  /**
   * Gives the ring and the files up that are still open; to be called on the reader's own thread, before it ends. Returns
   * the memory that the kernel may still write to.
   */
  close(): ArrayBufferLike[] {
    try {
      return this.#choice.close();
    } finally {
      this.#files.closeAll();
      this.#accounts.close();
      this.#openedLog?.close();
    }
  }

  /**
   * Claims what to do next and returns CLAIMED, or the place of a file whose turn has to come before. Where extents of this
   * reader are under way (`hasAhead`) it claims an extent only if that can be fetched without waiting, else returns
   * NOT_YET: whoever is free sooner may have it.
   */
  #claimNext(cursor: ExtentCursor, hasAhead: boolean): number {
    const { control } = this.#memory;
    const usesSlots = !this.#scene.plan.hasFooterInExtent;
    acquire(control, LOCK);
    try {
      if (usesSlots && cursor.isAtExtent) {
        const { filePosition } = cursor;
        if (!this.#slots.isTurnOf(filePosition)) return hasAhead ? NOT_YET : filePosition;
        if (hasAhead && !(this.#slots.isLoaded(filePosition) && this.#isAdmitted(cursor.nextSample))) {
          return NOT_YET;
        }
      }
      cursor.next(this.#claim);
      if (usesSlots && this.#claim.kind === CLAIM_EXTENT) this.#slots.addUser(this.#claim.filePosition);
      return CLAIMED;
    } finally {
      release(control, LOCK);
    }
  }

  #loadFooter(): void {
    this.#finishAll();
    const { filePosition, file } = this.#claim;
    const table = this.#slots.tableToFill(filePosition);
    if (table === undefined) return;
    const beginNs = nowNs();
    this.#footers!.load(this.#files.open(file), table, layoutOf(this.#scene.plan, file));
    this.#slots.publish(filePosition);
    this.#accounts.countFooter(this.#footers!);
    this.#accounts.words[COUNT.footerNs] += nowNs() - beginNs;
  }

  /** Asks io_uring for the extent that is claimed. */
  #submitExtent(ahead: ExtentsAhead): void {
    const { filePosition, rowGroup, sampleStart } = this.#claim;
    const table = this.#slots.table(filePosition);
    if (table === undefined) return;
    if (!ahead.plan(table, rowGroup)) {
      this.#readExtent();
      return;
    }
    if (!this.#waitForWindow(sampleStart)) return;
    const wasThere = ahead.submit(this.#claim, this.#gate.latestWaitNs);
    this.#choice.learn(!wasThere, true);
    this.#spares.learn(!wasThere);
    if (wasThere) this.#finishAll(); // with the next ones it would only leave the core's cache
  }

  /** Decodes all extents that are under way. */
  #finishAll(): void {
    const ahead = this.#ahead;
    if (ahead === undefined) return;
    while (ahead.length > 0 && !this.#isStopped()) this.#finishOldest(ahead);
  }

  /** Waits for the extent that was asked for first, and decodes it. */
  #finishOldest(ahead: ExtentsAhead): void {
    const extent = ahead.take();
    this.#extents.decodeFetched(extent, ahead.poll);
    this.#slots.removeUser(extent.claim.filePosition);
    this.#accounts.countExtent(this.#extents, this.#gate.waitedNs);
    if (this.#complete(extent.claim, extent.windowWaitNs)) this.#accounts.words[COUNT.ringExtents]++;
  }

  /** Fetches the extent that is claimed by one read after another. */
  #readExtent(): void {
    this.#finishAll();
    const { filePosition, file, rowGroup, sampleStart } = this.#claim;
    const table = this.#slots.table(filePosition);
    if (table === undefined) return;
    this.#extents.plan(table, rowGroup);
    if (!this.#waitForWindow(sampleStart)) return;
    this.#spares.beginExtent();
    this.#extents.read(file);
    this.#choice.learn(this.#spares.endExtent(), false);
    this.#slots.removeUser(filePosition);
    this.#accounts.countExtent(this.#extents, this.#gate.waitedNs);
    this.#complete(this.#claim, this.#gate.latestWaitNs);
  }

  /** Reads a file of one row group, footer and all, by one read where it is small. */
  #readSmallFile(): void {
    const { file, sampleStart } = this.#claim;
    if (!this.#waitForWindow(sampleStart)) return;
    this.#spares.beginExtent();
    const beginNs = nowNs();
    this.#footers!.load(this.#files.open(file), this.#ownTable, layoutOf(this.#scene.plan, file));
    this.#accounts.countFooter(this.#footers!);
    this.#extents.plan(this.#ownTable, 0);
    this.#extents.readBehind(this.#footers!, file, beginNs);
    this.#spares.endExtent();
    this.#accounts.countExtent(this.#extents, this.#gate.waitedNs);
    this.#complete(this.#claim, this.#gate.latestWaitNs);
  }

  /** Has an extent ready without reading anything. */
  #makeExtent(): void {
    if (!this.#waitForWindow(this.#claim.sampleStart)) return;
    this.#extents.endNs = nowNs();
    this.#complete(this.#claim, this.#gate.latestWaitNs);
  }

  #waitForWindow(sampleStart: number): boolean {
    return this.#gate.waitForBatch(Math.floor(sampleStart / this.#scene.plan.batchSize));
  }

  #isAdmitted(sampleStart: number): boolean {
    return this.#gate.isOpenFor(Math.floor(sampleStart / this.#scene.plan.batchSize));
  }

  /**
   * Preprocesses an extent, then tells the timeline that it is ready, and the other readers what follows from it; returns
   * false and tells nobody, as the samples are not ready, when the run was stopped before.
   */
  #complete({ ordinal, sampleStart, sampleEnd }: Claim, windowWaitNs: number): boolean {
    const { control } = this.#memory, { accelerator } = this.#scene, { words } = this.#accounts;
    const { readNs, decodeNs } = this.#extents;
    let readyNs = this.#extents.endNs, preprocessNs = 0;
    if (this.#preprocessing !== undefined) {
      const doneNs = this.#preprocessing.wait(accelerator, ordinal, sampleEnd - sampleStart, this.#ahead);
      preprocessNs = this.#preprocessing.waitedNs;
      words[COUNT.preprocessNs] += preprocessNs;
      if (doneNs === undefined) return false;
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
    return true;
  }

  #moveTo(scene: ReaderScene): void {
    this.#scene = scene;
    this.#memory = new SharedMemory(scene.shape, scene.buffers);
    this.#timeline = new Timeline(scene.shape.timeline, this.#memory.timelineWords);
    this.#slots = new FooterSlots(this.#memory, scene.accelerator);
    this.#gate = new WindowGate(this.#memory, this.#timeline, scene.accelerator);
    this.#spares = spareReaders(this.#memory, { scene, ring: this.#ring });
    this.#preprocessing = scene.preprocess && new Preprocessing(this.#memory, scene.preprocess);
  }

  #accountPlace(): AccountPlace {
    const { reader, rawLog } = this.#scene;
    return {
      counters: new ReaderCounters(this.#memory.readerWords(reader)),
      log: rawLog && this.#openedLog,
    };
  }
}

function spareReaders(
  memory: SharedMemory,
  { scene: { reader, numNeeded }, ring }: {
    readonly scene: ReaderScene;
    readonly ring: RingTask | undefined;
  },
): SpareReaders {
  const numReaders = memory.shape.numReaders / memory.shape.timeline.numAccelerators;
  const watchesReads = ring?.use === "while_reads_sleep";
  return new SpareReaders(memory, { place: reader % numReaders, numReaders, numNeeded, watchesReads });
}
