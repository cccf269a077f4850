// The Thrift structs of which a file has one per page, column chunk or row group, written byte by byte: page headers,
// column chunks, row groups. hyparquet-writer's object serializer takes 3 us for a page header and 9 us for a chunk's
// metadata, a third of the time of generating a file in DLRM's shape. Here it is some 0.2 us, as bytes gather in an array
// of their own: appending them to a ByteWriter one by one takes 4 us. Tests compare the two.
import type { CompressionCodec, ParquetType } from "hyparquet";
import { ByteWriter } from "hyparquet-writer";
import { CompressionCodecs, ParquetTypes } from "hyparquet/src/constants.js";

// Compact protocol: a field is one byte (its number less the last field's) << 4 | type, then its value.
const I32 = 5, I64 = 6, BINARY = 8, LIST = 9, STRUCT = 12, FALSE = 2, STOP = 0;
const DICTIONARY_PAGE = 2, DATA_PAGE_V2 = 3; // parquet.thrift PageType

/** Encodings as Parquet numbers them. */
export const Encoding = { PLAIN: 0, RLE: 3, RLE_DICTIONARY: 8 } as const;

/** What the header of a data page says; all values are present. */
export interface DataPage {
  readonly rows: number;
  readonly numValues: number;
  readonly encoding: number;
  readonly repetitionBytes: number;
  readonly definitionBytes: number;
  /** Levels and values, before compression and as they are stored; levels are not compressed. */
  readonly pageBytes: number;
  readonly storedBytes: number;
  readonly isCompressed: boolean;
}

/** Appends the header of a DATA_PAGE_V2. */
export function appendPageHeader(writer: ByteWriter, page: DataPage): void {
  putField(1, I32, DATA_PAGE_V2);
  putField(1, I32, page.pageBytes); // 2 uncompressed_page_size
  putField(1, I32, page.storedBytes); // 3 compressed_page_size
  put(5 << 4 | STRUCT); // 8 data_page_header_v2
  putField(1, I32, page.numValues);
  putField(1, I32, 0); // num_nulls
  putField(1, I32, page.rows);
  putField(1, I32, page.encoding);
  putField(1, I32, page.definitionBytes);
  putField(1, I32, page.repetitionBytes);
  if (!page.isCompressed) put(1 << 4 | FALSE); // 7 is_compressed, true unless said
  put(STOP);
  put(STOP);
  appendGathered(writer);
}

/** Appends the header of a DICTIONARY_PAGE with PLAIN values. */
export function appendDictionaryHeader(
  writer: ByteWriter,
  page: Pick<DataPage, "numValues" | "pageBytes" | "storedBytes">,
): void {
  putField(1, I32, DICTIONARY_PAGE);
  putField(1, I32, page.pageBytes);
  putField(1, I32, page.storedBytes);
  put(4 << 4 | STRUCT); // 7 dictionary_page_header
  putField(1, I32, page.numValues);
  putField(1, I32, Encoding.PLAIN);
  put(STOP);
  put(STOP);
  appendGathered(writer);
}

/** What is the same for a column in every row group. */
export interface ChunkKind {
  /** Names from the root to the leaf. */
  readonly path: readonly string[];
  readonly type: ParquetType;
  readonly encodings: readonly number[];
  readonly codec: CompressionCodec;
}

/** Returns the part of a column's chunk metadata that is the same in every row group: type, encodings, path, codec. */
export function encodeChunkPrefix({ path, type, encodings, codec }: ChunkKind): Uint8Array {
  const writer = new ByteWriter();
  putField(1, I32, ParquetTypes.indexOf(type));
  put(1 << 4 | LIST); // 2 encodings
  put(encodings.length << 4 | I32);
  for (const encoding of encodings) putZigZag(encoding);
  put(1 << 4 | LIST); // 3 path_in_schema
  put(path.length << 4 | BINARY);
  appendGathered(writer);
  for (const name of path) {
    const bytes = new TextEncoder().encode(name);
    writer.appendVarInt(bytes.length);
    writer.appendBytes(bytes);
  }
  putField(1, I32, CompressionCodecs.indexOf(codec)); // 4 codec
  appendGathered(writer);
  return writer.getBytes();
}

/** Where a column chunk lies and how large it is, headers included. */
export interface ChunkPlace {
  readonly startByte: number;
  /** Offset of the first data page; behind `startByte` where a dictionary page comes first. */
  readonly dataByte: number;
  readonly numValues: number;
  readonly chunkBytes: number;
  readonly storedBytes: number;
}

/** Appends the ColumnChunk of the column that `prefix` was made for. */
export function appendColumnChunk(writer: ByteWriter, prefix: Uint8Array, place: ChunkPlace): void {
  const { startByte, dataByte } = place;
  putField(2, I64, startByte); // 2 file_offset
  put(1 << 4 | STRUCT); // 3 meta_data
  appendGathered(writer);
  writer.appendBytes(prefix);
  putField(1, I64, place.numValues); // 5 num_values
  putField(1, I64, place.chunkBytes); // 6 total_uncompressed_size
  putField(1, I64, place.storedBytes); // 7 total_compressed_size
  putField(2, I64, dataByte); // 9 data_page_offset
  if (dataByte !== startByte) putField(2, I64, startByte); // 11 dictionary_page_offset
  put(STOP);
  put(STOP);
  appendGathered(writer);
}

/** Appends the beginning of a RowGroup, up to where its `numColumns` column chunks follow. */
export function appendRowGroupStart(writer: ByteWriter, numColumns: number): void {
  writer.appendUint8(1 << 4 | LIST); // 1 columns
  appendStructListHeader(writer, numColumns);
}

/** What a row group's chunks have together. */
export interface RowGroupSums {
  readonly rows: number;
  readonly chunkBytes: number;
  readonly storedBytes: number;
}

/** Appends the end of a RowGroup, behind its column chunks. */
export function appendRowGroupEnd(writer: ByteWriter, sums: RowGroupSums): void {
  putField(1, I64, sums.chunkBytes); // 2 total_byte_size
  putField(1, I64, sums.rows); // 3 num_rows
  putField(3, I64, sums.storedBytes); // 6 total_compressed_size
  put(STOP);
  appendGathered(writer);
}

/** Appends the header of a list of structs. */
export function appendStructListHeader(writer: ByteWriter, length: number): void {
  writer.appendUint8(Math.min(length, 15) << 4 | STRUCT);
  if (length > 14) writer.appendVarInt(length);
}

/** Bytes of a struct that are not appended yet: a page header has at most 58, what is gathered of a chunk fewer. */
const gathered = new Uint8Array(128);
let numGathered = 0;

function appendGathered(writer: ByteWriter): void {
  writer.appendBytes(gathered.subarray(0, numGathered));
  numGathered = 0;
}

function put(byte: number): void {
  gathered[numGathered++] = byte;
}

function putField(delta: number, type: number, value: number): void {
  put(delta << 4 | type);
  putZigZag(value);
}

/** Puts a number of 0 … 2^52 as a zigzag varint, without the bigint that hyparquet-writer wants above 2^30. */
function putZigZag(value: number): void {
  let rest = value * 2;
  while (rest > 0x7f) {
    put(rest % 128 | 0x80);
    rest = Math.floor(rest / 128);
  }
  put(rest);
}
