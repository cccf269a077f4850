// What a Parquet file is made of, as a plain object: `mlps inspect --json` prints it as it is. From the footer, which
// costs two reads; with `pages` from the page headers too. Keys carry their unit; sizes include page headers.
import fs from "node:fs";
import { CompressionCodecs, Encodings, PageTypes } from "hyparquet/src/constants.js";
import { FileError, reasonOf } from "../../base/errors.ts";
import { kindOfNonFile } from "../../storage/file_kind.ts";
import { readFileSummary } from "./footer.ts";
import { type ChunkList, listChunks, namesOfBits } from "./inspect_chunks.ts";
import { type PageTotals, walkPages } from "./inspect_pages.ts";
import { describeSchema, leavesOf, type SchemaRow } from "./inspect_schema.ts";
import { readFooter } from "./read_footer.ts";

const FOOTER_TAIL_BYTES = 8;

export type FileReport = Awaited<ReturnType<typeof inspectParquet>>;
export type ColumnReport = FileReport["columns"][number];

export interface InspectOptions {
  /** Whether the page headers are read too. */
  readonly pages: boolean;
  readonly signal: AbortSignal;
}

/** Returns what a file is made of. @throws {FileError} {InterruptedError} */
export async function inspectParquet(path: string, { pages, signal }: InspectOptions) {
  const fd = openFile(path);
  try {
    const fileBytes = fs.fstatSync(fd).size;
    const metadata = readFooter(fd, fileBytes, path);
    const summary = readFileSummary(metadata, path);
    const schema = describeSchema(summary.schema);
    const leaves = leavesOf(schema);
    const chunks = listChunks(metadata, leaves.length, { path, fileBytes });
    const pageTotals = pages ? await walkPages(fd, chunks, { path, fileBytes, signal }) : undefined;
    const columns = leaves.map((leaf, index) => reportColumn(leaf, index, chunks, pageTotals?.[index]));
    return {
      path,
      file_bytes: fileBytes,
      footer_bytes: metadata.length + FOOTER_TAIL_BYTES,
      format_version: summary.version,
      created_by: summary.createdBy ?? null,
      num_rows: summary.numRows,
      num_row_groups: summary.rowGroupRows.length,
      min_row_group_rows: summary.rowGroupRows.toSorted().at(0) ?? 0,
      max_row_group_rows: summary.rowGroupRows.toSorted().at(-1) ?? 0,
      num_columns: leaves.length,
      compressed_bytes: sum(columns.map((column) => column.compressed_bytes)),
      uncompressed_bytes: sum(columns.map((column) => column.uncompressed_bytes)),
      key_value_metadata: summary.keyValues,
      schema,
      columns,
      row_groups: reportRowGroups(summary.rowGroupRows, chunks),
    };
  } finally {
    fs.closeSync(fd);
  }
}

function openFile(path: string): number {
  const kind = kindOfNonFile(path);
  if (kind !== undefined) {
    const wayOut = `Name its files: mlps inspect ${path.replace(/\/+$/, "")}/*.parquet`;
    const reason = `it is a ${kind}, a file is wanted${kind === "folder" ? `. ${wayOut}` : ""}`;
    throw new FileError({ action: "inspect", path, reason });
  }
  try {
    return fs.openSync(path, "r");
  } catch (cause) {
    throw new FileError({ action: "inspect", path, reason: reasonOf(cause) }, { cause });
  }
}

function reportColumn(
  leaf: SchemaRow,
  index: number,
  chunks: ChunkList,
  pages: PageTotals | undefined,
) {
  const { numRowGroups, numLeaves } = chunks;
  let codecs = 0, encodings = 0, pageTypes = 0, isEveryPageStated = numRowGroups > 0;
  let numValues = 0, compressedBytes = 0, uncompressedBytes = 0;
  for (let chunk = index; chunk < numRowGroups * numLeaves; chunk += numLeaves) {
    codecs |= chunks.codec[chunk] < 0 ? 0 : 1 << Math.min(30, chunks.codec[chunk]);
    encodings |= chunks.encodings[chunk];
    pageTypes |= chunks.pageTypes[chunk];
    isEveryPageStated &&= chunks.pageTypes[chunk] !== 0;
    numValues += Math.max(0, chunks.numValues[chunk]);
    compressedBytes += Math.max(0, chunks.compressedBytes[chunk]);
    uncompressedBytes += Math.max(0, chunks.uncompressedBytes[chunk]);
  }
  return {
    path: leaf.path,
    physical_type: leaf.physical_type!,
    type_length_bytes: leaf.type_length_bytes,
    logical_type: leaf.logical_type,
    repetition: leaf.repetition,
    codecs: namesOfBits(codecs, CompressionCodecs),
    encodings: namesOfBits(encodings, Encodings),
    num_values: numValues,
    compressed_bytes: compressedBytes,
    uncompressed_bytes: uncompressedBytes,
    compression_ratio: compressedBytes > 0 ? uncompressedBytes / compressedBytes : null,
    /** Null where only the page headers would tell. */
    page_types: pages !== undefined
      ? namesOfBits(typesOf(pages), PageTypes)
      : isEveryPageStated
      ? namesOfBits(pageTypes, PageTypes)
      : null,
    pages: pages === undefined ? null : reportPages(pages),
  };
}

function typesOf({ numV1, numIndex, numDictionary, numV2 }: PageTotals): number {
  return [numV1, numIndex, numDictionary, numV2].reduce(
    (bits, count, type) => count > 0 ? bits | 1 << type : bits,
    0,
  );
}

function reportPages(pages: PageTotals) {
  const hasData = pages.numV1 + pages.numV2 > 0;
  return {
    num_data_pages_v1: pages.numV1,
    num_data_pages_v2: pages.numV2,
    num_dictionary_pages: pages.numDictionary,
    num_index_pages: pages.numIndex,
    data_encodings: namesOfBits(pages.encodings, Encodings),
    min_values_per_page: hasData ? pages.minValues : null,
    max_values_per_page: hasData ? pages.maxValues : null,
    min_compressed_page_bytes: hasData ? pages.minCompressedBytes : null,
    max_compressed_page_bytes: hasData ? pages.maxCompressedBytes : null,
    max_uncompressed_page_bytes: hasData ? pages.maxUncompressedBytes : null,
  };
}

function reportRowGroups(rowGroupRows: Int32Array, chunks: ChunkList) {
  return Array.from(rowGroupRows, (rows, rowGroup) => {
    const first = rowGroup * chunks.numLeaves, end = first + chunks.numLeaves;
    return {
      row_group: rowGroup,
      rows,
      start_byte: chunks.startByte.subarray(first, end).toSorted().at(0) ?? 0,
      compressed_bytes: sum(chunks.compressedBytes.subarray(first, end)),
      uncompressed_bytes: sum(chunks.uncompressedBytes.subarray(first, end)),
    };
  });
}

function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += Math.max(0, values[i]);
  return total;
}
