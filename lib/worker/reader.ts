// One reader thread: claims extents in plan order, fetches and decodes them, tells the timeline when their samples were
// ready. While an epoch runs it allocates nothing, awaits nothing and sends nothing.
import { nowNs } from "../base/clock.ts";
import { filePath } from "../dataset/file_names.ts";
import { selectColumns } from "../format/parquet/columns.ts";
import { RowGroupDecoder, type RowGroupPlace } from "../format/parquet/decode.ts";
import { record } from "../metrics/histogram.ts";
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
import { planRanges, ReadRanges } from "../plan/read_ranges.ts";
import { alignedBuffer } from "../storage/aligned_buffer.ts";
import { PosixStorage } from "../storage/posix.ts";
import { FooterLoader } from "./footer_loader.ts";
import { FooterSlots } from "./footer_slots.ts";
import { OpenFiles } from "./open_files.ts";
import { acquire, release } from "./lock.ts";
import type { ReaderTask } from "./protocol.ts";
import { COUNTER_WORD as COUNT, ReaderCounters } from "../metrics/read_counters.ts";
import { LOCK, SharedMemory, STOP } from "./shared_memory.ts";
import { WindowGate } from "./window_gate.ts";

/** A reader, ready to run epochs. */
export class Reader {
  readonly #task: ReaderTask;
  readonly #memory: SharedMemory;
  readonly #timeline: Timeline;
  readonly #slots: FooterSlots;
  readonly #gate: WindowGate;
  readonly #counters: ReaderCounters;
  readonly #storage: PosixStorage;
  readonly #files: OpenFiles;
  readonly #footers: FooterLoader;
  readonly #decoder: RowGroupDecoder | undefined;
  readonly #ranges: ReadRanges;
  readonly #claim: Claim = emptyClaim();
  readonly #place: RowGroupPlace;
  #cursor: ExtentCursor | undefined;
  #buffer = alignedBuffer(0);

  constructor(task: ReaderTask) {
    this.#task = task;
    this.#memory = new SharedMemory(task.shape, task.buffers);
    this.#timeline = new Timeline(task.shape.timeline, this.#memory.timelineWords);
    this.#slots = new FooterSlots(this.#memory, task.accelerator);
    this.#gate = new WindowGate(this.#memory, this.#timeline, task.accelerator);
    this.#counters = new ReaderCounters(this.#memory.readerWords(task.reader));
    const { read, words } = this.#counters;
    this.#storage = new PosixStorage({
      direct: task.direct,
      onRead: (elapsedNs) => {
        record(read, elapsedNs);
        words[COUNT.reads]++;
      },
    });
    this.#files = new OpenFiles(this.#storage, (file) => filePath(task.names, file));
    const schema = [...task.schema];
    const columns = selectColumns(schema, task.columns, filePath(task.names, 0));
    this.#footers = new FooterLoader(this.#storage, {
      schema,
      columns,
      schemaSection: task.schemaSection,
      alignBytes: task.ranges.alignBytes,
    });
    this.#place = { path: "", table: this.#slots.anyTable, rowGroup: 0 };
    this.#decoder = task.decode === "none" ? undefined : new RowGroupDecoder({ columns, mode: task.decode });
    this.#ranges = new ReadRanges(columns.length);
  }

  /** Reads this reader's share of epoch `epoch`, until everything is claimed or the run is stopped. */
  runEpoch(epoch: number): void {
    const { plan, shuffle, accelerator } = this.#task;
    const order = epochOrder(shuffle, epoch);
    this.#gate.waitedNs = 0;
    const decodedBefore = countsOf(this.#decoder);
    this.#cursor = new ExtentCursor(this.#memory.cursorWords(accelerator), { ...plan, order }, accelerator);
    while (Atomics.load(this.#memory.control, STOP) === 0) {
      this.#claimNext(this.#cursor);
      if (this.#claim.kind === CLAIM_NOTHING) break;
      if (this.#claim.kind === CLAIM_FOOTER) this.#loadFooter();
      else this.#readExtent();
    }
    this.#countDecoded(decodedBefore);
  }

  /** Closes the files that are still open. */
  close(): void {
    this.#files.closeAll();
  }

  #claimNext(cursor: ExtentCursor): void {
    const { control } = this.#memory;
    acquire(control, LOCK);
    cursor.next(this.#claim);
    if (this.#claim.kind === CLAIM_EXTENT) this.#slots.addUser(this.#claim.filePosition);
    release(control, LOCK);
  }

  #loadFooter(): void {
    const { filePosition, file } = this.#claim;
    const table = this.#slots.tableToFill(filePosition);
    if (table === undefined) return;
    const beginNs = nowNs();
    this.#footers.load(this.#files.open(file), table, layoutOf(this.#task.plan, file));
    this.#slots.publish(filePosition);
    const words = this.#counters.words;
    words[COUNT.footers]++;
    words[COUNT.footerNs] += nowNs() - beginNs;
    words[COUNT.footerBytes] += this.#footers.requestedBytes;
    words[COUNT.requestedBytes] += this.#footers.requestedBytes;
    words[COUNT.returnedBytes] += this.#footers.returnedBytes;
  }

  #readExtent(): void {
    const { filePosition, file, rowGroup, ordinal, sampleStart, sampleEnd } = this.#claim;
    const table = this.#slots.table(filePosition);
    if (table === undefined) return;
    const first = rowGroup * this.#ranges.chunkAt.length;
    planRanges(this.#ranges, table, first, this.#task.ranges);
    if (!this.#gate.waitForBatch(Math.floor(sampleStart / this.#task.plan.batchSize))) return;

    const beginNs = nowNs();
    if (this.#buffer.length < this.#ranges.totalBytes) this.#buffer = alignedBuffer(this.#ranges.totalBytes);
    const handle = this.#files.open(file);
    const returnedBytes = this.#storage.readRanges(handle, this.#ranges, this.#buffer);
    const readEndNs = nowNs();
    this.#place.path = handle.path;
    this.#place.table = table;
    this.#place.rowGroup = rowGroup;
    this.#decoder?.decode(this.#buffer, this.#ranges.chunkAt, this.#place);
    const endNs = nowNs();
    this.#slots.removeUser(filePosition);
    this.#complete(ordinal, sampleEnd, endNs, readEndNs - beginNs, endNs - readEndNs);
    this.#count(sampleEnd - sampleStart, returnedBytes, readEndNs - beginNs, endNs - readEndNs);
  }

  /** Tells the timeline that an extent is ready, and the other readers what follows from it. */
  #complete(ordinal: number, sampleEnd: number, readyNs: number, readNs: number, decodeNs: number): void {
    const { control } = this.#memory;
    acquire(control, LOCK);
    this.#timeline.complete(this.#task.accelerator, ordinal, sampleEnd, readyNs, readNs, decodeNs);
    this.#timeline.advance();
    this.#gate.publish();
    release(control, LOCK);
  }

  #count(samples: number, returnedBytes: number, readNs: number, decodeNs: number): void {
    const { words, extent, decode } = this.#counters;
    words[COUNT.extents]++;
    words[COUNT.samples] += samples;
    words[COUNT.usefulBytes] += this.#ranges.usefulBytes;
    words[COUNT.requestedBytes] += this.#ranges.totalBytes;
    words[COUNT.returnedBytes] += returnedBytes;
    words[COUNT.readNs] += readNs;
    words[COUNT.decodeNs] += decodeNs;
    words[COUNT.windowWaitNs] = this.#gate.waitedNs;
    record(extent, readNs + decodeNs);
    if (this.#decoder !== undefined) record(decode, decodeNs);
  }

  #countDecoded(before: DecoderCounts | undefined): void {
    const decoder = this.#decoder, { words } = this.#counters;
    if (decoder === undefined || before === undefined) return;
    words[COUNT.fastChunks] = decoder.fastChunks - before.fastChunks;
    words[COUNT.fallbackChunks] = decoder.fallbackChunks - before.fallbackChunks;
    words[COUNT.pages] = decoder.pages - before.pages;
    words[COUNT.valueBytes] = decoder.valueBytes - before.valueBytes;
  }
}

type DecoderCounts = Pick<RowGroupDecoder, "fastChunks" | "fallbackChunks" | "pages" | "valueBytes">;

function countsOf(decoder: RowGroupDecoder | undefined): DecoderCounts | undefined {
  if (decoder === undefined) return undefined;
  const { fastChunks, fallbackChunks, pages, valueBytes } = decoder;
  return { fastChunks, fallbackChunks, pages, valueBytes };
}
