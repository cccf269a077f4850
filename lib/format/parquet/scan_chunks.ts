// Takes the wanted column chunks out of a footer. hyparquet needs 0.8 s for the 153,600 chunks of a DLRM file, which
// an accelerator consumes in 0.15 s, so this scan reads only the numbers that reading needs.
// Field numbers are those of parquet-format/src/main/thrift/parquet.thrift.
import { FileError } from "../../base/errors.ts";
import type { ChunkTable } from "./chunk_table.ts";
import { CompactCursor, CompactType, skipStruct, skipValue, unZigzag } from "./compact.ts";
import { CorruptionError } from "./corruption.ts";

const ROW_GROUPS = 4; // of FileMetaData
const ROW_GROUP_COLUMNS = 1, ROW_GROUP_NUM_ROWS = 3;
const CHUNK_FILE_PATH = 1, CHUNK_META_DATA = 3;

const MAGIC_BYTES = 4;
const TAIL_BYTES = 8;
const MAX_ROWS = 2 ** 31 - 1;
const MAX_CODEC = 255;

// What scanChunk found last: one object that is used again instead of one a chunk.
const fields = { codec: -1, bytes: -1, dataPageOffset: -1, dictionaryPageOffset: 0 };

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
  const cursor = new CompactCursor();
  cursor.reset(metadata, 0, metadata.length);
  try {
    while (cursor.nextField()) {
      if (cursor.fieldId === ROW_GROUPS) return scanRowGroups(cursor, leafToSlot, table, place);
      cursor.skipField();
    }
    throw new CorruptionError(cursor.at, "the list of row groups is missing");
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

function scanRowGroups(
  cursor: CompactCursor,
  leafToSlot: Int32Array,
  table: ChunkTable,
  place: FooterPlace,
): number {
  const numRowGroups = cursor.readStructListSize();
  if (numRowGroups > table.maxRowGroups) {
    throw new CorruptionError(
      cursor.at,
      `it has ${numRowGroups} row groups, the files of this dataset have at most ${table.maxRowGroups}`,
    );
  }
  const dataEnd = place.fileBytes - TAIL_BYTES - cursor.end;
  for (let rowGroup = 0; rowGroup < numRowGroups; rowGroup++) {
    const rows = scanRowGroup(cursor, leafToSlot, table, rowGroup);
    table.rows[rowGroup] = rows;
    checkPlaces(table, rowGroup, dataEnd, cursor.at);
  }
  return numRowGroups;
}

/** Returns the rows of the row group at the cursor, its chunks put into the table. */
function scanRowGroup(
  cursor: CompactCursor,
  leafToSlot: Int32Array,
  table: ChunkTable,
  rowGroup: number,
): number {
  let rows = -1, numLeaves = -1;
  cursor.fieldId = 0;
  while (cursor.nextField()) {
    if (cursor.fieldId === ROW_GROUP_COLUMNS) {
      numLeaves = cursor.readStructListSize();
      if (numLeaves !== leafToSlot.length) {
        throw new CorruptionError(
          cursor.at,
          `row group ${rowGroup} has ${numLeaves} columns, the schema of this dataset has ${leafToSlot.length}`,
        );
      }
      const { bytes, end } = cursor;
      let at = cursor.at;
      for (let leaf = 0; leaf < numLeaves; leaf++) {
        const slot = leafToSlot[leaf];
        if (slot < 0) {
          at = skipStruct(bytes, at, end);
        } else {
          at = scanChunk(bytes, at, end);
          storeChunk(table, rowGroup * table.numColumns + slot);
        }
      }
      cursor.at = at;
    } else if (cursor.fieldId === ROW_GROUP_NUM_ROWS) {
      rows = readRows(cursor);
    } else {
      cursor.skipField();
    }
  }
  if (rows < 0 || numLeaves < 0) {
    throw new CorruptionError(cursor.at, `row group ${rowGroup} lacks its columns or its number of rows`);
  }
  return rows;
}

/** Fills `fields` from the ColumnChunk at `at`, with the ColumnMetaData in it, and returns the offset behind it. */
function scanChunk(bytes: Uint8Array, at: number, end: number): number {
  let fieldId = 0, isInMetaData = false;
  fields.codec = fields.bytes = fields.dataPageOffset = -1;
  fields.dictionaryPageOffset = 0;
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
      for (let scale = 128; byte >= 128; scale *= 128) {
        byte = bytes[at++];
        value += (byte & 127) * scale;
      }
      if (isInMetaData) storeMetaData(fieldId, unZigzag(value));
    } else if (type === CompactType.STRUCT && fieldId === CHUNK_META_DATA && !isInMetaData) {
      isInMetaData = true;
      fieldId = 0;
    } else if (fieldId === CHUNK_FILE_PATH && !isInMetaData) {
      throw new CorruptionError(at, "a column lies in another file, which is not supported");
    } else if (type > CompactType.FALSE) {
      at = skipValue(bytes, at, end, type);
    }
  }
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
