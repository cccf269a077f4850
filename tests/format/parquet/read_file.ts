// Reads a Parquet file that is in memory by the code under test, and by hyparquet as the oracle.
import { parquetMetadata, type SchemaElement } from "hyparquet";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { chunkTableAt, chunkTableBytes } from "../../../lib/format/parquet/chunk_table.ts";
import { leafToSlot, selectColumns, type WantedColumn } from "../../../lib/format/parquet/columns.ts";
import { type ColumnValues, type DecodeMode, RowGroupDecoder } from "../../../lib/format/parquet/decode.ts";
import { FOOTER_TAIL_BYTES, parseFooterTail, readFileSummary } from "../../../lib/format/parquet/footer.ts";
import { scanChunks } from "../../../lib/format/parquet/scan_chunks.ts";

export const PATH = "/data/train/part.parquet";

type WriteOptions = Parameters<ParquetWriter["write"]>[0];

export interface FileOptions extends WriteOptions {
  schema: SchemaElement[];
  codec?: ConstructorParameters<typeof ParquetWriter>[0]["codec"];
  compressors?: ConstructorParameters<typeof ParquetWriter>[0]["compressors"];
  kvMetadata?: { key: string; value?: string }[];
  statistics?: boolean;
}

/** Returns the bytes of a file that hyparquet-writer makes. */
export function makeFile(
  { schema, codec, compressors, kvMetadata, statistics, ...write }: FileOptions,
): Uint8Array {
  const writer = new ByteWriter();
  const parquet = new ParquetWriter({ writer, schema, codec, compressors, kvMetadata, statistics });
  parquet.write(write);
  parquet.finish();
  return writer.getBytes().slice();
}

/** Returns a schema of flat columns. */
export function flatSchema(elements: readonly SchemaElement[]): SchemaElement[] {
  return [{ name: "root", num_children: elements.length }, ...elements];
}

/** Returns the metadata of a file's footer, without its tail. */
export function footerOf(file: Uint8Array): Uint8Array {
  const metadataBytes = parseFooterTail(file.subarray(-FOOTER_TAIL_BYTES), PATH, file.length);
  return file.subarray(file.length - FOOTER_TAIL_BYTES - metadataBytes, file.length - FOOTER_TAIL_BYTES);
}

/** Returns the summary, the wanted columns and the table of a file's chunks. */
export function openFile(file: Uint8Array, names?: readonly string[]) {
  const metadata = footerOf(file);
  const summary = readFileSummary(metadata, PATH);
  const columns = selectColumns(summary.schema, names, PATH);
  const maxRowGroups = summary.rowGroupRows.length;
  const table = chunkTableAt(
    new SharedArrayBuffer(chunkTableBytes(maxRowGroups, columns.length)),
    0,
    maxRowGroups,
    columns.length,
  );
  const place = { path: PATH, fileBytes: file.length };
  const numRowGroups = scanChunks(metadata, leafToSlot(summary.schema, columns), table, place);
  return { metadata, summary, columns, table, numRowGroups };
}

/** Returns the values of each wanted leaf, row groups one after another, and the decoder with its counters. */
export function decodeFile(file: Uint8Array, options: { names?: readonly string[]; mode?: DecodeMode } = {}) {
  const { mode = "values", names } = options;
  const { columns, table, numRowGroups } = openFile(file, names);
  const decoder = new RowGroupDecoder({ columns, mode });
  const values: Record<string, unknown[]> = Object.fromEntries(columns.map(({ name }) => [name, []]));
  for (let rowGroup = 0; rowGroup < numRowGroups; rowGroup++) {
    // The chunks lie as a reader may place them: in shared memory, in any order, unaligned.
    const totalBytes = columns.reduce(
      (sum, { slot }) => sum + table.bytes[rowGroup * columns.length + slot] + 3,
      0,
    );
    const input = new Uint8Array(new SharedArrayBuffer(totalBytes));
    const starts = new Int32Array(columns.length);
    let used = 0;
    for (const { slot } of columns.toReversed()) {
      const chunk = rowGroup * columns.length + slot;
      const start = table.startByte[chunk];
      used += 3;
      starts[slot] = used;
      input.set(file.subarray(start, start + table.bytes[chunk]), used);
      used += table.bytes[chunk];
    }
    decoder.decode(input, starts, { path: PATH, table, rowGroup });
    if (mode === "values") {
      for (const column of columns) {
        values[column.name].push(...listRows(decoder.column(column.slot), column));
      }
    }
  }
  return { columns, decoder, values };
}

/** Returns hyparquet's metadata of a file. */
export function oracleMetadata(file: Uint8Array) {
  return parquetMetadata(file, { geoparquet: false });
}

/** Returns one element a row: a value or null, for lists an array or null. */
export function listRows(column: ColumnValues, { physicalType, valueBytes }: WantedColumn): unknown[] {
  const { rows, values, offsets, validity, listOffsets, listValidity } = column;
  const valueAt = (index: number): unknown => {
    if (validity?.[index] === 0) return null;
    if (offsets !== undefined) return (values as Uint8Array).slice(offsets[index], offsets[index + 1]);
    if (physicalType === "BOOLEAN" && values instanceof Uint8Array) return values[index] === 1;
    if (!(values instanceof Uint8Array)) return values[index];
    return values.slice(index * valueBytes, (index + 1) * valueBytes);
  };
  return Array.from({ length: rows }, (_, row) => {
    if (listOffsets === undefined) return valueAt(row);
    if (listValidity?.[row] === 0) return null;
    const start = listOffsets[row];
    return Array.from({ length: listOffsets[row + 1] - start }, (_, index) => valueAt(start + index));
  });
}

/** Returns numbers in [0, 2^32) that the seed decides: the tests' only source of chance. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state ^ (state >>> 15)) >>> 0;
  };
}
