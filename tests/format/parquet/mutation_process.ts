// The process of the mutation test: damages files, decodes each mutant twice in different surroundings, and reports what
// is neither values nor a FileError. The process that started it watches for hangs and crashes.
// Arguments: a MutationTask as JSON. Before each mutant its index goes to the task's progress file.
import { takeLargestAllocation } from "./allocation_guard.ts"; // before the code that it watches
import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { FileError } from "../../../lib/base/errors.ts";
import type { ChunkTable } from "../../../lib/format/parquet/chunk_table.ts";
import type { WantedColumn } from "../../../lib/format/parquet/columns.ts";
import { CorruptionError } from "../../../lib/format/parquet/corruption.ts";
import { type DecodeMode, RowGroupDecoder } from "../../../lib/format/parquet/decode.ts";
import { decodeByOracle } from "./oracle_chunk.ts";
import { describeDifference, LeafCollector, type LeafValues } from "../../interop/leaf_values.ts";
import { collectRows, collectValues } from "../../interop/observed_values.ts";
import { describeSeedFile, makeMutant, type SeedFile } from "./mutants.ts";
import { openFile, PATH } from "./read_file.ts";
import { streamFile } from "./stream_file.ts";

export interface MutationTask {
  readonly folder: string;
  readonly progressFile: string;
  readonly seed: number;
  /** Mutants `start`, `start + step`, ... below `end`. */
  readonly start: number;
  readonly step: number;
  readonly end: number;
}

export interface MutationReport {
  /** Mutants that ended in values, and in an error about the footer or about a page. */
  readonly read: number;
  readonly refusedFooter: number;
  readonly refusedPages: number;
  /** Column chunks that the fast path and hyparquet both read, and agreed on. */
  readonly agreed: number;
  readonly slowestMs: number;
  /** The most that was allocated at once. */
  readonly mostBytes: number;
  readonly failures: readonly MutationFailure[];
}

export interface MutationFailure {
  readonly index: number;
  readonly file: string;
  readonly reason: string;
}

/** What a mutant may take; a machine that is busy is given a second try. */
const MOST_MS = 2000;
/** What a file of some kilobytes may make a process ask for at once, and grow by. */
const MOST_ALLOCATED_BYTES = 64 * 2 ** 20;
const MOST_GROWN_KIB = 512 * 1024;
const MAX_FAILURES = 20;
const MARGIN_BYTES = 64;

interface Opened {
  readonly columns: readonly WantedColumn[];
  readonly table: ChunkTable;
  readonly numRowGroups: number;
}

/** What one way of decoding made of a file. */
type Outcome =
  | { readonly kind: "values"; readonly leaves: readonly LeafValues[] }
  | { readonly kind: "refused"; readonly message: string };

type Ended = "read" | "refusedFooter" | "refusedPages";

let agreed = 0;

/** Decodes a mutant in all ways; returns how it ended. Throws when something is wrong. */
function tryMutant(seedFile: SeedFile, mutant: Uint8Array, isAlsoPages: boolean): Ended {
  const before = mutant.slice();
  const fresh = decodeAll(mutant, placeInFile, undefined);
  const used = decodeAll(mutant, placeAlone, seedFile);
  assert.ok(Buffer.compare(mutant, before) === 0, "decoding changed the bytes that it read");
  assertSame(fresh, used);
  if (isAlsoPages) decodeAll(mutant, placeInFile, undefined, "pages");
  assert.equal(streamAll(mutant), fresh.kind, "a chunk that comes in pieces ends otherwise");
  if (fresh.kind === "values") return "read";
  return fresh.message.includes("footer") ? "refusedFooter" : "refusedPages";
}

function assertSame(fresh: Outcome, used: Outcome): void {
  if (fresh.kind === "refused" || used.kind === "refused") return assert.deepEqual(used, fresh);
  for (const [slot, values] of fresh.leaves.entries()) {
    const difference = describeDifference(used.leaves[slot], values);
    assert.equal(
      difference,
      undefined,
      `column ${slot} depends on what lies around its bytes: ${difference}`,
    );
  }
}

interface Placed {
  readonly input: Uint8Array;
  readonly starts: Int32Array;
}

type Place = (bytes: Uint8Array, opened: Opened, rowGroup: number) => Placed;

/** The chunks where they are: behind each lies the next column's. */
function placeInFile(bytes: Uint8Array, { table, columns }: Opened, rowGroup: number): Placed {
  const firstChunk = rowGroup * columns.length;
  return { input: bytes, starts: Int32Array.from(columns, ({ slot }) => table.startByte[firstChunk + slot]) };
}

/** The chunks in another order, unaligned, in shared memory, with bytes between them that would parse as something. */
function placeAlone(bytes: Uint8Array, { table, columns }: Opened, rowGroup: number): Placed {
  const firstChunk = rowGroup * columns.length;
  const sizes = columns.map(({ slot }) => table.bytes[firstChunk + slot]);
  const totalBytes = sizes.reduce((sum, size) => sum + size + MARGIN_BYTES, MARGIN_BYTES);
  const input = new Uint8Array(new SharedArrayBuffer(totalBytes)).fill(0x15);
  const starts = new Int32Array(columns.length);
  let at = MARGIN_BYTES - 5;
  for (const { slot } of columns.toReversed()) {
    const start = table.startByte[firstChunk + slot];
    starts[slot] = at;
    input.set(bytes.subarray(start, start + sizes[slot]), at);
    at += sizes[slot] + MARGIN_BYTES - slot % 3;
  }
  return { input, starts };
}

function decodeAll(
  bytes: Uint8Array,
  place: Place,
  usedFor: SeedFile | undefined,
  mode: DecodeMode = "values",
): Outcome {
  try {
    const opened = openFile(bytes);
    const decoder = new RowGroupDecoder({ columns: opened.columns, mode });
    if (usedFor !== undefined) useBefore(decoder, opened, usedFor);
    const collectors = opened.columns.map(({ physicalType }) => new LeafCollector(physicalType));
    for (let rowGroup = 0; rowGroup < opened.numRowGroups; rowGroup++) {
      const { input, starts } = place(bytes, opened, rowGroup);
      const before = input.slice();
      for (const { slot } of opened.columns) {
        const { fastChunks } = decoder;
        decoder.decode(input, starts, { path: PATH, table: opened.table, rowGroup }, slot, slot + 1);
        if (mode === "pages") continue;
        collectValues(decoder.column(slot), opened.columns[slot], collectors[slot]);
        if (usedFor === undefined && decoder.fastChunks > fastChunks) {
          compareWithOracle(bytes, decoder, opened, { rowGroup, slot });
        }
      }
      assert.ok(Buffer.compare(input, before) === 0, "decoding changed the bytes around a chunk");
    }
    const leaves = collectors.map((collector) => collector.finish());
    if (mode === "values") checkRows(opened, leaves);
    return { kind: "values", leaves };
  } catch (cause) {
    if (!(cause instanceof FileError)) throw cause;
    checkMessage(cause);
    return { kind: "refused", message: cause.message };
  }
}

function checkMessage({ message }: FileError): void {
  assert.ok(message.includes(`"${PATH}"`), `the message names no file: ${message}`);
  assert.match(message, /\bbyte \d+|in the \d+ bytes of the footer/, `the message names no byte: ${message}`);
}

/** Decodes all chunks in pieces; returns how that ended. */
function streamAll(bytes: Uint8Array): Outcome["kind"] {
  try {
    streamFile(bytes);
    return "values";
  } catch (cause) {
    if (!(cause instanceof FileError)) throw cause;
    checkMessage(cause);
    return "refused";
  }
}

/** Has the decoder read the undamaged file, if it has the same columns: what that left must not show. */
function useBefore(decoder: RowGroupDecoder, { columns }: Opened, { bytes }: SeedFile): void {
  const whole = openFile(bytes);
  if (!isDeepStrictEqual(whole.columns, columns)) return;
  const { input, starts } = placeInFile(bytes, whole, 0);
  decoder.decode(input, starts, { path: PATH, table: whole.table, rowGroup: 0 });
}

/** Compares a chunk that took the fast path with what hyparquet makes of it, where hyparquet reads it. */
function compareWithOracle(
  bytes: Uint8Array,
  decoder: RowGroupDecoder,
  opened: Opened,
  at: { rowGroup: number; slot: number },
): void {
  const { table } = opened;
  const column = opened.columns[at.slot], chunk = at.rowGroup * opened.columns.length + at.slot;
  const start = table.startByte[chunk];
  const lone = {
    bytes: bytes.slice(start, start + table.bytes[chunk]),
    codec: table.codec[chunk],
    rows: table.rows[at.rowGroup],
  };
  const oracle = new LeafCollector(column.physicalType), found = new LeafCollector(column.physicalType);
  try {
    collectRows(decodeByOracle(column, lone), column, oracle);
  } catch (cause) {
    // It also refuses what is no damage to us, as levels that disagree with the number of nulls in the header.
    if (!(cause instanceof CorruptionError)) throw cause;
    return;
  }
  collectValues(decoder.column(at.slot), column, found);
  const difference = describeDifference(found.finish(), oracle.finish());
  assert.equal(difference, undefined, `column ${at.slot} is not what hyparquet reads: ${difference}`);
  agreed++;
}

function checkRows({ table, numRowGroups, columns }: Opened, leaves: readonly LeafValues[]): void {
  let rows = 0;
  for (let rowGroup = 0; rowGroup < numRowGroups; rowGroup++) rows += table.rows[rowGroup];
  for (const { slot, schemaPath } of columns) {
    const depth = schemaPath.filter(({ element }) => element.repetition_type === "REPEATED").length;
    if (depth > 1) continue;
    const { counts, validity } = leaves[slot];
    assert.equal(
      (depth === 0 ? validity : counts ?? []).length,
      rows,
      `column ${slot} has another number of rows`,
    );
  }
}

interface MutantResult {
  readonly ended: Ended;
  readonly ms: number;
  readonly allocatedBytes: number;
}

/** Returns how a mutant ended. Throws when something is wrong with that. */
function runMutant(file: SeedFile, seed: number, index: number): MutantResult {
  const mutant = makeMutant(file, seed, index);
  const beganMs = performance.now(), beganKib = process.resourceUsage().maxRSS;
  takeLargestAllocation();
  const ended = tryMutant(file, mutant, index % 4 === 0);
  const ms = performance.now() - beganMs;
  const allocatedBytes = takeLargestAllocation(), grownKib = process.resourceUsage().maxRSS - beganKib;
  assert.ok(allocatedBytes <= MOST_ALLOCATED_BYTES, `${allocatedBytes} bytes were allocated at once`);
  assert.ok(grownKib <= MOST_GROWN_KIB, `the process grew by ${grownKib} KiB`);
  return { ended, ms, allocatedBytes };
}

function main({ folder, progressFile, seed, start, step, end }: MutationTask): MutationReport {
  const files = fs.readdirSync(folder).filter((name) => name.endsWith(".parquet")).sort()
    .map((name) => describeSeedFile(name, new Uint8Array(fs.readFileSync(join(folder, name)))));
  for (const file of files) {
    assert.equal(tryMutant(file, file.bytes, true), "read", `${file.name}, undamaged`);
  }
  const progress = fs.openSync(progressFile, "w"), word = new Int32Array(1);
  const failures: MutationFailure[] = [];
  agreed = 0;
  const counts: Record<Ended, number> = { read: 0, refusedFooter: 0, refusedPages: 0 };
  let slowestMs = 0, mostBytes = 0;
  for (let index = start; index < end && failures.length < MAX_FAILURES; index += step) {
    word[0] = index;
    fs.writeSync(progress, new Uint8Array(word.buffer), 0, 4, 0);
    const file = files[index % files.length];
    try {
      let result = runMutant(file, seed, index);
      if (result.ms > MOST_MS) result = runMutant(file, seed, index);
      assert.ok(result.ms <= MOST_MS, `it took ${Math.round(result.ms)} ms`);
      slowestMs = Math.max(slowestMs, result.ms);
      mostBytes = Math.max(mostBytes, result.allocatedBytes);
      counts[result.ended]++;
    } catch (cause) {
      const { name, message, stack = "" } = cause as Error;
      const place = stack.split("\n").find((line) => line.includes("/lib/"))?.trim() ?? "";
      failures.push({ index, file: file.name, reason: `${name}: ${message} ${place}` });
    }
  }
  return { ...counts, agreed, slowestMs, mostBytes, failures };
}

console.log(JSON.stringify(main(JSON.parse(process.argv[2]))));
