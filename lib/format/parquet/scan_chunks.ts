// Takes the wanted column chunks out of a footer. hyparquet needs 0.8 s for the 153,600 chunks of a DLRM file, which
// an accelerator consumes in 0.15 s, so this scan reads only the numbers that reading needs.
// Field numbers are those of parquet-format/src/main/thrift/parquet.thrift.
import { FileError } from "../../base/errors.ts";
import type { ChunkTable } from "./chunk_table.ts";
import { CompactCursor, CompactType, skipStruct, skipValue, unZigzag } from "./compact.ts";
import { CorruptionError } from "./corruption.ts";

const ROW_GROUPS = 4; // of FileMetaData
const PATH_IN_SCHEMA = 3; // of ColumnMetaData
const ROW_GROUP_COLUMNS = 1, ROW_GROUP_NUM_ROWS = 3;
const CHUNK_FILE_PATH = 1, CHUNK_META_DATA = 3;

const MAGIC_BYTES = 4;
const TAIL_BYTES = 8;
const MAX_ROWS = 2 ** 31 - 1;
const MAX_CODEC = 255;

// What scanChunk found last: one object that is used again instead of one a chunk.
const fields = {
  codec: -1,
  bytes: -1,
  dataPageOffset: -1,
  dictionaryPageOffset: 0,
  pathStart: 0,
  pathEnd: 0,
};

/** Where a footer was read, for checks and messages. */
export interface FooterPlace {
  readonly path: string;
  readonly fileBytes: number;
}

/**
 * Fills `table` from a file's footer and returns the number of row groups; columns with a slot of -1 are skipped.
 *
 * Allocates nothing per chunk. A footer that points outside of the file or disagrees with the schema that
 * `leafToSlot` was made from ends in a FileError, and then the table's content means nothing.
 */
export function scanChunks(
  metadata: Uint8Array,
  leafToSlot: Int32Array,
  table: ChunkTable,
  place: FooterPlace,
): number {
  const quick = new RowGroupScan(leafToSlot, table, true);
  try {
    try {
      return scanFooter(metadata, quick, place);
    } catch (cause) {
      if (!(cause instanceof CorruptionError) || !quick.hasJumped) throw cause;
      return scanFooter(metadata, new RowGroupScan(leafToSlot, table, false), place);
    }
  } catch (cause) {
    if (!(cause instanceof CorruptionError)) throw cause;
    throw new FileError({
      action: "read the Parquet footer of",
      path: place.path,
      offsetBytes: place.fileBytes - TAIL_BYTES - metadata.length + cause.offset,
      reason: cause.message,
    }, { cause });
  }
}

function scanFooter(metadata: Uint8Array, scan: RowGroupScan, place: FooterPlace): number {
  const cursor = new CompactCursor();
  cursor.reset(metadata, 0, metadata.length);
  while (cursor.nextField()) {
    if (cursor.fieldId === ROW_GROUPS) return scanRowGroups(cursor, scan, place);
    cursor.skipField();
  }
  throw new CorruptionError(cursor.at, "the list of row groups is missing");
}

function scanRowGroups(cursor: CompactCursor, scan: RowGroupScan, place: FooterPlace): number {
  const { table } = scan;
  const numRowGroups = cursor.readStructListSize();
  if (numRowGroups > table.maxRowGroups) {
    throw new CorruptionError(
      cursor.at,
      `it has ${numRowGroups} row groups, the files of this dataset have at most ${table.maxRowGroups}`,
    );
  }
  const dataEnd = place.fileBytes - TAIL_BYTES - cursor.end;
  for (let rowGroup = 0; rowGroup < numRowGroups; rowGroup++) {
    scan.next(cursor, rowGroup);
    checkPlaces(table, rowGroup, dataEnd, cursor.at);
  }
  return numRowGroups;
}

/**
 * Scans the row groups of a footer one after another.
 *
 * Most of a footer is chunks that nobody wants, and from one row group to the next they take the same number of bytes.
 * So a quick scan jumps over them by the length that they had in the row group before. It knows that it landed on a
 * wanted chunk when the path of its column stands there, and that it landed behind the last chunk when the row group
 * has as many rows as the one before; where that is not so, it scans the row group again, step by step. Should it still
 * go astray, the whole footer is scanned again without jumps.
 */
class RowGroupScan {
  hasJumped = false;
  readonly table: ChunkTable;
  readonly #leafToSlot: Int32Array;
  readonly #isQuick: boolean;
  readonly #slots: Int32Array;
  /** Bytes of the unwanted chunks before each wanted one, and behind the last, in the row group scanned last. Integers:
   * positions that are computed with doubles make the scan four times as slow. */
  readonly #gapBytes: Int32Array;
  /** Where the path of each wanted column stands in that row group. */
  readonly #pathStart: Int32Array;
  readonly #pathEnd: Int32Array;

  constructor(leafToSlot: Int32Array, table: ChunkTable, isQuick: boolean) {
    this.table = table;
    this.#leafToSlot = leafToSlot;
    this.#isQuick = isQuick;
    this.#slots = leafToSlot.filter((slot) => slot >= 0);
    this.#gapBytes = new Int32Array(this.#slots.length + 1);
    this.#pathStart = new Int32Array(this.#slots.length);
    this.#pathEnd = new Int32Array(this.#slots.length);
  }

  /** Puts the chunks of the row group at the cursor into the table. */
  next(cursor: CompactCursor, rowGroup: number): void {
    const { rows } = this.table, start = cursor.at;
    if (this.#isQuick && rowGroup > 0) {
      this.hasJumped = true;
      rows[rowGroup] = this.#tryJumps(cursor, rowGroup);
      if (rows[rowGroup] === rows[rowGroup - 1]) return;
      cursor.at = start;
    }
    rows[rowGroup] = this.#scanRowGroup(cursor, rowGroup, false);
  }

  /** Returns the rows of the row group; -1 when a jump did not land where it should and met what no chunk holds. */
  #tryJumps(cursor: CompactCursor, rowGroup: number): number {
    try {
      return this.#scanRowGroup(cursor, rowGroup, true);
    } catch (cause) {
      if (!(cause instanceof CorruptionError)) throw cause;
      return -1;
    }
  }

  /** Returns the rows of the row group; -1 when a jump did not land where it should. */
  #scanRowGroup(cursor: CompactCursor, rowGroup: number, jumps: boolean): number {
    let rows = -1, hasColumns = false;
    cursor.fieldId = 0;
    while (cursor.nextField()) {
      if (cursor.fieldId === ROW_GROUP_COLUMNS) {
        this.#checkNumLeaves(cursor, rowGroup);
        const at = jumps ? this.#jumpChunks(cursor, rowGroup) : this.#stepChunks(cursor, rowGroup);
        if (at < 0) return -1;
        cursor.at = at;
        hasColumns = true;
      } else if (cursor.fieldId === ROW_GROUP_NUM_ROWS) {
        rows = readRows(cursor);
      } else {
        cursor.skipField();
      }
    }
    if (rows < 0 || !hasColumns) {
      if (jumps) return -1;
      throw new CorruptionError(cursor.at, `row group ${rowGroup} lacks its columns or its number of rows`);
    }
    return rows;
  }

  #checkNumLeaves(cursor: CompactCursor, rowGroup: number): void {
    const numLeaves = cursor.readStructListSize();
    if (numLeaves !== this.#leafToSlot.length) {
      throw new CorruptionError(
        cursor.at,
        `row group ${rowGroup} has ${numLeaves} columns, the schema of this dataset has ${this.#leafToSlot.length}`,
      );
    }
  }

  /** Returns the offset behind the chunks, each of them stepped over or scanned. */
  #stepChunks({ bytes, at, end }: CompactCursor, rowGroup: number): number {
    const leafToSlot = this.#leafToSlot, firstChunk = rowGroup * this.table.numColumns;
    let wanted = 0, gapStart = at;
    for (let leaf = 0; leaf < leafToSlot.length; leaf++) {
      if (leafToSlot[leaf] < 0) {
        at = skipStruct(bytes, at, end);
        continue;
      }
      this.#gapBytes[wanted] = at - gapStart;
      at = gapStart = scanChunk(bytes, at, end);
      this.#pathStart[wanted] = fields.pathStart;
      this.#pathEnd[wanted++] = fields.pathEnd;
      storeChunk(this.table, firstChunk + leafToSlot[leaf]);
    }
    this.#gapBytes[wanted] = at - gapStart;
    return at;
  }

  /** Returns the offset behind the chunks, the unwanted ones jumped over; -1 when a jump went wrong. */
  #jumpChunks({ bytes, at, end }: CompactCursor, rowGroup: number): number {
    const slots = this.#slots, gapBytes = this.#gapBytes, firstChunk = rowGroup * this.table.numColumns;
    for (let wanted = 0; wanted < slots.length; wanted++) {
      at += gapBytes[wanted];
      if (at >= end) return -1;
      at = scanChunk(bytes, at, end);
      if (!hasPath(bytes, this.#pathStart[wanted], this.#pathEnd[wanted])) return -1;
      storeChunk(this.table, firstChunk + slots[wanted]);
    }
    return at + gapBytes[slots.length];
  }
}

/** Returns whether the chunk scanned last has the path that stands at `start` … `end`. */
function hasPath(bytes: Uint8Array, start: number, end: number): boolean {
  const { pathStart, pathEnd } = fields;
  if (pathEnd - pathStart !== end - start) return false;
  for (let offset = end - start - 1; offset >= 0; offset--) {
    if (bytes[pathStart + offset] !== bytes[start + offset]) return false;
  }
  return end > start;
}

/** Fills `fields` from the ColumnChunk at `at`, with the ColumnMetaData in it, and returns the offset behind it. */
function scanChunk(bytes: Uint8Array, at: number, end: number): number {
  let fieldId = 0, isInMetaData = false;
  fields.codec = fields.bytes = fields.dataPageOffset = -1;
  fields.dictionaryPageOffset = fields.pathStart = fields.pathEnd = 0;
  for (;;) {
    if (at >= end) throw new CorruptionError(end, "the bytes end inside a column chunk");
    const head = bytes[at++];
    if (head === 0) {
      if (!isInMetaData) return at;
      isInMetaData = false;
      fieldId = CHUNK_META_DATA;
      continue;
    }
    const type = head & 15;
    if (head < 16) {
      if (bytes[at] >= 128) throw new CorruptionError(at, "a column chunk has a field of an unknown number");
      fieldId = bytes[at++] >> 1;
    } else {
      fieldId += head >> 4;
    }
    if (type >= 4 && type <= 6) { // i16, i32, i64
      let byte = bytes[at++], value = byte & 127;
      // Up to 28 bits stay an integer: arithmetic with doubles takes several times as long.
      for (let shift = 7; byte >= 128 && shift < 28; shift += 7) {
        byte = bytes[at++];
        value |= (byte & 127) << shift;
      }
      if (byte >= 128) {
        let wide = value;
        for (let scale = 2 ** 28; byte >= 128; scale *= 128) {
          byte = bytes[at++];
          wide += (byte & 127) * scale;
        }
        if (isInMetaData) storeMetaData(fieldId, unZigzag(wide));
      } else if (isInMetaData) {
        storeMetaData(fieldId, (value >>> 1) ^ -(value & 1));
      }
    } else if (type === CompactType.STRUCT && fieldId === CHUNK_META_DATA && !isInMetaData) {
      isInMetaData = true;
      fieldId = 0;
    } else if (fieldId === CHUNK_FILE_PATH && !isInMetaData) {
      throw new CorruptionError(at, "a column lies in another file, which is not supported");
    } else if (type > CompactType.FALSE) {
      const start = at;
      at = type === CompactType.LIST ? skipShortList(bytes, at, end) : skipValue(bytes, at, end, type);
      if (fieldId === PATH_IN_SCHEMA && isInMetaData) {
        fields.pathStart = start;
        fields.pathEnd = at;
      }
    }
  }
}

/** Skips a list; one short string (the path of a flat column) or one number (its encoding) is what most hold. */
function skipShortList(bytes: Uint8Array, at: number, end: number): number {
  const head = bytes[at], first = bytes[at + 1];
  if (head >> 4 === 1 && first < 128) {
    const type = head & 15;
    if (type >= 4 && type <= 6) return at + 2;
    if (type === CompactType.BINARY) return at + 2 + first;
  }
  return skipValue(bytes, at, end, CompactType.LIST);
}

function storeMetaData(fieldId: number, value: number): void {
  if (fieldId === 4) fields.codec = value;
  else if (fieldId === 7) fields.bytes = value;
  else if (fieldId === 9) fields.dataPageOffset = value;
  else if (fieldId === 11) fields.dictionaryPageOffset = value;
}

function storeChunk(table: ChunkTable, chunk: number): void {
  const { codec, bytes, dataPageOffset, dictionaryPageOffset } = fields;
  // Some writers set the dictionary's offset to 0 instead of leaving it out; no page lies on the magic bytes.
  const hasDictionary = dictionaryPageOffset > 0 && dictionaryPageOffset < dataPageOffset;
  table.startByte[chunk] = hasDictionary ? dictionaryPageOffset : dataPageOffset;
  table.bytes[chunk] = bytes;
  table.codec[chunk] = codec >= 0 && codec <= MAX_CODEC ? codec : MAX_CODEC;
}

/** Throws unless all chunks of a row group with rows lie between the file's magic bytes and its footer. */
function checkPlaces(table: ChunkTable, rowGroup: number, dataEnd: number, at: number): void {
  const firstChunk = rowGroup * table.numColumns;
  if (table.rows[rowGroup] === 0) {
    // Nothing is to be read; pyarrow states sizes here, and pages at offset 0.
    table.startByte.fill(MAGIC_BYTES, firstChunk, firstChunk + table.numColumns);
    table.bytes.fill(0, firstChunk, firstChunk + table.numColumns);
    return;
  }
  for (let chunk = firstChunk; chunk < firstChunk + table.numColumns; chunk++) {
    const startByte = table.startByte[chunk], bytes = table.bytes[chunk];
    if (!(bytes > 0 && startByte >= MAGIC_BYTES && startByte + bytes <= dataEnd)) {
      throw new CorruptionError(
        at,
        `row group ${rowGroup} has a column of ${bytes} bytes at ${startByte} (-1: not stated, the column may be ` +
          `encrypted), wanted inside the data from ${MAGIC_BYTES} to ${dataEnd}`,
      );
    }
  }
}

/** Returns the number of rows of a row group from the field that the cursor is at. */
export function readRows(cursor: CompactCursor): number {
  const rows = cursor.readIntegerField();
  if (rows < 0 || rows > MAX_ROWS) {
    throw new CorruptionError(cursor.at, `a row group of ${rows} rows, wanted 0 to ${MAX_ROWS}`);
  }
  return rows;
}
