// The three Thrift structs of which a file has one per column chunk or row group, written byte by byte: page headers,
// column chunks, row groups. hyparquet-writer's object serializer takes 3 us for a page header and 9 us for a chunk's
// metadata, a third of the time of generating a file in DLRM's shape; here it is some 0.2 us. Tests compare the two.
import type { CompressionCodec, ParquetType } from "hyparquet";
import type { ByteWriter } from "hyparquet-writer";
import { CompressionCodecs, ParquetTypes } from "hyparquet/src/constants.js";

// Compact protocol: a field is one byte (its number less the last field's) << 4 | type, then its value.
const I32 = 5, I64 = 6, BINARY = 8, LIST = 9, STRUCT = 12, FALSE = 2, STOP = 0;
const DATA_PAGE_V2 = 3; // parquet.thrift PageType
const PLAIN = 0; // parquet.thrift Encoding

/** What a page header says; all values are present, so there are no levels. */
export interface PlainPage {
  readonly rows: number;
  readonly pageBytes: number;
  readonly storedBytes: number;
  readonly isCompressed: boolean;
}

/** Appends the header of a DATA_PAGE_V2 with PLAIN values of a REQUIRED column. */
export function appendPageHeader(
  writer: ByteWriter,
  { rows, pageBytes, storedBytes, isCompressed }: PlainPage,
): void {
  appendField(writer, 1, I32, DATA_PAGE_V2);
  appendField(writer, 1, I32, pageBytes); // 2 uncompressed_page_size
  appendField(writer, 1, I32, storedBytes); // 3 compressed_page_size
  writer.appendUint8(5 << 4 | STRUCT); // 8 data_page_header_v2
  appendField(writer, 1, I32, rows); // num_values
  appendField(writer, 1, I32, 0); // num_nulls
  appendField(writer, 1, I32, rows); // num_rows
  appendField(writer, 1, I32, PLAIN);
  appendField(writer, 1, I32, 0); // definition_levels_byte_length
  appendField(writer, 1, I32, 0); // repetition_levels_byte_length
  if (!isCompressed) writer.appendUint8(1 << 4 | FALSE); // 7 is_compressed, true unless said
  writer.appendUint8(STOP);
  writer.appendUint8(STOP);
}

/** Returns the part of a column's chunk metadata that is the same in every row group: type, encodings, path, codec. */
export function encodeChunkPrefix(
  writer: ByteWriter,
  column: { readonly name: string; readonly type: ParquetType; readonly codec: CompressionCodec },
): Uint8Array {
  const start = writer.index;
  appendField(writer, 1, I32, ParquetTypes.indexOf(column.type));
  writer.appendUint8(1 << 4 | LIST); // 2 encodings
  writer.appendUint8(1 << 4 | I32);
  appendZigZag(writer, PLAIN);
  writer.appendUint8(1 << 4 | LIST); // 3 path_in_schema
  writer.appendUint8(1 << 4 | BINARY);
  const name = new TextEncoder().encode(column.name);
  writer.appendVarInt(name.length);
  writer.appendBytes(name);
  appendField(writer, 1, I32, CompressionCodecs.indexOf(column.codec)); // 4 codec
  return writer.getBytes().slice(start);
}

/** Where a column chunk lies and how large it is, headers included. */
export interface ChunkPlace {
  readonly startByte: number;
  readonly rows: number;
  readonly chunkBytes: number;
  readonly storedBytes: number;
}

/** Appends the ColumnChunk of the column that `prefix` was made for. */
export function appendColumnChunk(writer: ByteWriter, prefix: Uint8Array, place: ChunkPlace): void {
  appendField(writer, 2, I64, place.startByte); // 2 file_offset
  writer.appendUint8(1 << 4 | STRUCT); // 3 meta_data
  writer.appendBytes(prefix);
  appendField(writer, 1, I64, place.rows); // 5 num_values
  appendField(writer, 1, I64, place.chunkBytes); // 6 total_uncompressed_size
  appendField(writer, 1, I64, place.storedBytes); // 7 total_compressed_size
  appendField(writer, 2, I64, place.startByte); // 9 data_page_offset
  writer.appendUint8(STOP);
  writer.appendUint8(STOP);
}

/** Appends the beginning of a RowGroup, up to where its `numColumns` column chunks follow. */
export function appendRowGroupStart(writer: ByteWriter, numColumns: number): void {
  writer.appendUint8(1 << 4 | LIST); // 1 columns
  appendStructListHeader(writer, numColumns);
}

/** Appends the end of a RowGroup, behind its column chunks. */
export function appendRowGroupEnd(writer: ByteWriter, sums: Omit<ChunkPlace, "startByte">): void {
  appendField(writer, 1, I64, sums.chunkBytes); // 2 total_byte_size
  appendField(writer, 1, I64, sums.rows); // 3 num_rows
  appendField(writer, 3, I64, sums.storedBytes); // 6 total_compressed_size
  writer.appendUint8(STOP);
}

/** Appends the header of a list of structs. */
export function appendStructListHeader(writer: ByteWriter, length: number): void {
  writer.appendUint8(Math.min(length, 15) << 4 | STRUCT);
  if (length > 14) writer.appendVarInt(length);
}

function appendField(writer: ByteWriter, delta: number, type: number, value: number): void {
  writer.appendUint8(delta << 4 | type);
  appendZigZag(writer, value);
}

/** Appends a number of 0 … 2^52 as a zigzag varint, without the bigint that hyparquet-writer wants above 2^30. */
function appendZigZag(writer: ByteWriter, value: number): void {
  let rest = value * 2;
  while (rest > 0x7f) {
    writer.appendUint8(rest % 128 | 0x80);
    rest = Math.floor(rest / 128);
  }
  writer.appendUint8(rest);
}
