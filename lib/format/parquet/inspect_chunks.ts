// All that a footer says of every column chunk of a file, for those who look at a file rather than read it.
// scan_chunks.ts takes the few numbers that reading needs of the wanted columns, and is several times as fast.
// Field numbers are those of parquet.thrift.
import { FileError } from "../../base/errors.ts";
import { CompactCursor, CompactType } from "./compact.ts";
import { CorruptionError } from "./corruption.ts";
import type { FooterPlace } from "./scan_chunks.ts";

const TAIL_BYTES = 8;
const ROW_GROUPS = 4; // of FileMetaData
const ROW_GROUP_COLUMNS = 1;
const CHUNK_META_DATA = 3;
const LONG_FORM_SIZE = 15;

/** The chunks of a file, that of leaf `c` in row group `g` at index `g * numLeaves + c`; -1 where nothing is stated. */
export interface ChunkList {
  readonly numRowGroups: number;
  readonly numLeaves: number;
  readonly physicalType: Int8Array;
  /** Which encodings a chunk has: a bit for each number. */
  readonly encodings: Int32Array;
  readonly codec: Int8Array;
  readonly numValues: Float64Array;
  readonly uncompressedBytes: Float64Array;
  readonly compressedBytes: Float64Array;
  /** Offset in the file of the first page, that of the dictionary where there is one. */
  readonly startByte: Float64Array;
  /** Offset of the first data page. */
  readonly dataByte: Float64Array;
  /** Which types of pages a chunk has, a bit for each number; 0 where the writer does not state it. */
  readonly pageTypes: Int32Array;
}

/** Returns what the footer says of all chunks. @throws {FileError} */
export function listChunks(metadata: Uint8Array, numLeaves: number, place: FooterPlace): ChunkList {
  try {
    const cursor = new CompactCursor();
    cursor.reset(metadata, 0, metadata.length);
    while (cursor.nextField()) {
      if (cursor.fieldId === ROW_GROUPS) return listRowGroups(cursor, numLeaves);
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

function listRowGroups(cursor: CompactCursor, numLeaves: number): ChunkList {
  const numRowGroups = cursor.readStructListSize();
  const count = numRowGroups * numLeaves;
  // A row group holds a struct for each leaf, so a count that the bytes cannot hold gets no memory.
  if (count > cursor.end - cursor.at) {
    throw new CorruptionError(cursor.at, `${numRowGroups} row groups of ${numLeaves} columns do not fit`);
  }
  const list: ChunkList = {
    numRowGroups,
    numLeaves,
    physicalType: new Int8Array(count).fill(-1),
    encodings: new Int32Array(count),
    codec: new Int8Array(count).fill(-1),
    numValues: new Float64Array(count).fill(-1),
    uncompressedBytes: new Float64Array(count).fill(-1),
    compressedBytes: new Float64Array(count).fill(-1),
    startByte: new Float64Array(count).fill(-1),
    dataByte: new Float64Array(count).fill(-1),
    pageTypes: new Int32Array(count),
  };
  for (let rowGroup = 0; rowGroup < numRowGroups; rowGroup++) {
    cursor.fieldId = 0;
    while (cursor.nextField()) {
      if (cursor.fieldId === ROW_GROUP_COLUMNS) {
        listRowGroup(cursor, list, rowGroup);
        cursor.fieldId = ROW_GROUP_COLUMNS;
      } else cursor.skipField();
    }
  }
  return list;
}

function listRowGroup(cursor: CompactCursor, list: ChunkList, rowGroup: number): void {
  const numChunks = cursor.readStructListSize();
  if (numChunks !== list.numLeaves) {
    throw new CorruptionError(
      cursor.at,
      `row group ${rowGroup} has ${numChunks} columns, the schema has ${list.numLeaves}`,
    );
  }
  for (let leaf = 0; leaf < numChunks; leaf++) {
    cursor.fieldId = 0;
    while (cursor.nextField()) {
      if (cursor.fieldId === CHUNK_META_DATA) {
        cursor.expectType(CompactType.STRUCT);
        readMetaData(cursor, list, rowGroup * list.numLeaves + leaf);
        cursor.fieldId = CHUNK_META_DATA;
      } else cursor.skipField();
    }
  }
}

function readMetaData(cursor: CompactCursor, list: ChunkList, chunk: number): void {
  let dictionaryByte = 0;
  cursor.fieldId = 0;
  while (cursor.nextField()) {
    switch (cursor.fieldId) {
      case 1:
        list.physicalType[chunk] = cursor.readIntegerField();
        break;
      case 2:
        list.encodings[chunk] = readNumberSet(cursor);
        break;
      case 4:
        list.codec[chunk] = cursor.readIntegerField();
        break;
      case 5:
        list.numValues[chunk] = cursor.readIntegerField();
        break;
      case 6:
        list.uncompressedBytes[chunk] = cursor.readIntegerField();
        break;
      case 7:
        list.compressedBytes[chunk] = cursor.readIntegerField();
        break;
      case 9:
        list.startByte[chunk] = list.dataByte[chunk] = cursor.readIntegerField();
        break;
      case 11:
        dictionaryByte = cursor.readIntegerField();
        break;
      case 13:
        list.pageTypes[chunk] = readPageTypes(cursor);
        cursor.fieldId = 13;
        break;
      default:
        cursor.skipField();
    }
  }
  // Some writers set the dictionary's offset to 0 instead of leaving it out.
  if (dictionaryByte > 0 && dictionaryByte < list.startByte[chunk]) list.startByte[chunk] = dictionaryByte;
}

/** Returns the numbers of a list as bits, those above 30 left out: no encoding has such a number. */
function readNumberSet(cursor: CompactCursor): number {
  const size = cursor.bytes[cursor.at] >> 4;
  if (size === LONG_FORM_SIZE) {
    cursor.skipField();
    return 0;
  }
  cursor.expectType(CompactType.LIST);
  cursor.at++;
  let bits = 0;
  for (let i = 0; i < size; i++) bits |= bitOf(cursor.readInteger());
  return bits;
}

/** Returns the page types in a list of PageEncodingStats. */
function readPageTypes(cursor: CompactCursor): number {
  let bits = 0;
  for (let left = cursor.readStructListSize(); left > 0; left--) {
    cursor.fieldId = 0;
    while (cursor.nextField()) {
      if (cursor.fieldId === 1) bits |= bitOf(cursor.readIntegerField());
      else cursor.skipField();
    }
  }
  return bits;
}

function bitOf(number: number): number {
  return number >= 0 && number <= 30 ? 1 << number : 0;
}

/** Returns the names of the numbers whose bits are set; a number without a name stands for itself. */
export function namesOfBits(bits: number, names: readonly string[]): string[] {
  const found: string[] = [];
  for (let number = 0; number <= 30; number++) {
    if ((bits & (1 << number)) !== 0) found.push(names[number] ?? `number ${number}`);
  }
  return found;
}
