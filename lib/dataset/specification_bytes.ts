// How large the files of a specification will be. A small file is encoded. The size of a large uncompressed PLAIN one
// follows from its shape; what compression and dictionaries save depends on the values, so the first ones of each kind of
// column are encoded and measured.
import fs from "node:fs";
import { MIB } from "../base/units.ts";
import {
  leafPath,
  MAX_DICTIONARY_BYTES,
  plainRowBytes,
  rowsPerPage,
  storageOf,
  type StoredColumn,
} from "../format/parquet/dtypes.ts";
import { ValueSource, type ValueSourceOptions } from "../format/parquet/values.ts";
import { type PageFormat, ParquetFileWriter } from "../format/parquet/write_file.ts";
import { regularLayout } from "../plan/file_layout.ts";
import { fileKeyValues } from "./generate_file.ts";
import { countFiles, type DatasetSpecification, pageFormatOf, specificationHash } from "./specification.ts";

// The most that things take besides values, so that an estimate is never too low.
const PAGE_HEADER_BYTES = 48;
const CHUNK_METADATA_BYTES = 56; // without names
const ROW_GROUP_METADATA_BYTES = 32;
const FILE_OVERHEAD_BYTES = 512;
const SCHEMA_ELEMENT_BYTES = 32;
const NAME_LENGTH_BYTES = 5;

/** PLAIN bytes that are encoded of a kind of column: more than a dictionary may have. */
const SAMPLE_BYTES = 1.5 * MIB;
const MAX_SAMPLE_ROW_GROUPS = 8;
/** What other row groups may take more than those measured. */
const SAMPLE_MARGIN = 1.02;

/** Files of at most SAMPLE_BYTES of PLAIN values and so many column chunks are encoded: that takes some 20 ms. */
const MAX_ENCODED_CHUNKS = 4000;

/** The sizes of a dataset that is not there yet. */
export interface SpecificationBytes {
  readonly fileBytes: number;
  readonly totalBytes: number;
  /** Bytes of a row in the pages of each column, headers aside. */
  readonly columnRowBytes: readonly number[];
  /** Whether values decide the sizes, so that some were encoded and measured. */
  readonly isMeasured: boolean;
}

/**
 * Returns the bytes of one file and of all files, never too low.
 *
 * Right for small files, and within 1 % above the truth for uncompressed PLAIN data in row groups of 1000 rows and more;
 * within a few percent otherwise.
 */
export function specificationBytes(specification: DatasetSpecification): SpecificationBytes {
  const { columns, num_samples_per_file: rows, row_group_size } = specification;
  const format = pageFormatOf(specification);
  const isMeasured = isMeasuredIn(format);
  const rowGroupRows = Math.min(rows, row_group_size);
  const measured = new Map<string, number>();
  const columnRowBytes = columns.map((column) => {
    if (!isMeasured) return unmeasuredRowBytes(column);
    const { name: _, ...kind } = column, key = JSON.stringify(kind);
    let rowBytes = measured.get(key);
    if (rowBytes === undefined) {
      rowBytes = measureRowBytes(column, { format, rowGroupRows, seed: specification.seed });
      measured.set(key, rowBytes);
    }
    return rowBytes;
  });
  const fileBytes = isSmall(specification)
    ? Math.ceil(encodeFile(specification) * (isMeasured ? SAMPLE_MARGIN : 1))
    : boundFileBytes(specification, columnRowBytes);
  return { fileBytes, totalBytes: fileBytes * countFiles(specification), columnRowBytes, isMeasured };
}

function isSmall({ columns, num_samples_per_file: rows, row_group_size }: DatasetSpecification): boolean {
  const rowBytes = columns.reduce((sum, column) => sum + plainRowBytes(column), 0);
  return rows * rowBytes <= SAMPLE_BYTES &&
    Math.ceil(rows / row_group_size) * columns.length <= MAX_ENCODED_CHUNKS;
}

/** Returns the bytes of the last file, whose index is the longest. */
function encodeFile(specification: DatasetSpecification): number {
  const { columns, num_samples_per_file, row_group_size, seed } = specification;
  const fileIndex = countFiles(specification) - 1;
  return encodeRows({
    columns,
    seed,
    fileIndex,
    format: pageFormatOf(specification),
    rowGroupRows: regularLayout(num_samples_per_file, row_group_size).rows,
    keyValues: fileKeyValues(specificationHash(specification), fileIndex),
  }).fileBytes;
}

/** Returns the most bytes that a file may have whose columns take so many bytes a row. */
function boundFileBytes(specification: DatasetSpecification, columnRowBytes: readonly number[]): number {
  const { columns, num_samples_per_file: rows, row_group_size } = specification;
  const format = pageFormatOf(specification), isMeasured = isMeasuredIn(format);
  const rowGroupRows = Math.min(rows, row_group_size), rowGroups = Math.ceil(rows / row_group_size);
  let fileBytes = FILE_OVERHEAD_BYTES + rowGroups * ROW_GROUP_METADATA_BYTES;
  columns.forEach((column, index) => {
    const pages = Math.ceil(rowGroupRows / rowsPerPage(column, format.pageBytes)) + 1; // a dictionary's
    const path = leafPath(column);
    const nameBytes = path.reduce((sum, name) => sum + Buffer.byteLength(name) + NAME_LENGTH_BYTES, 0);
    fileBytes += path.length * SCHEMA_ELEMENT_BYTES + nameBytes +
      rowGroups * ((isMeasured ? pages : pages - 1) * PAGE_HEADER_BYTES + CHUNK_METADATA_BYTES + nameBytes) +
      Math.ceil(rows * columnRowBytes[index] + lastRowGroupBytes(column, rows % row_group_size, format));
  });
  return fileBytes;
}

/** Whether values decide the sizes. */
function isMeasuredIn({ compression, encoding }: PageFormat): boolean {
  return compression !== "none" || encoding !== "plain";
}

/** Returns what the rows of an incomplete row group may take more each: their values may all be in the dictionary. */
function lastRowGroupBytes(column: StoredColumn, rows: number, { encoding }: PageFormat): number {
  return encoding === "dictionary" ? rows * plainRowBytes(column) : 0;
}

/** Returns the bytes of a row in uncompressed PLAIN pages, levels of lists included. */
function unmeasuredRowBytes(column: StoredColumn): number {
  const { isList, valuesPerRow } = storageOf(column);
  // A bit a value, or two runs a row: 2 bytes, and 1 behind a varint of at most 5.
  const levelBytes = isList ? Math.min(valuesPerRow / 8 + 1, 8) : 0;
  return plainRowBytes(column) + levelBytes;
}

interface SampleOptions {
  readonly format: PageFormat;
  readonly rowGroupRows: number;
  readonly seed: number;
}

/** Returns the bytes of a row in the pages of a column as they would be written, from its first rows. */
function measureRowBytes(column: StoredColumn, options: SampleOptions): number {
  const asWanted = encodeSample(column, options);
  const { format, rowGroupRows } = options;
  const isSure = format.encoding === "plain" || sampleRowsOf(column, rowGroupRows) === rowGroupRows ||
    (column.cardinality ?? Infinity) * storageOf(column).valueBits / 8 <= MAX_DICTIONARY_BYTES;
  if (isSure) return asWanted;
  // More rows may have more different values than a dictionary holds.
  return Math.max(asWanted, encodeSample(column, { ...options, format: { ...format, encoding: "plain" } }));
}

function sampleRowsOf(column: StoredColumn, rowGroupRows: number): number {
  return Math.max(1, Math.min(rowGroupRows, Math.floor(SAMPLE_BYTES / plainRowBytes(column))));
}

function encodeSample(column: StoredColumn, { format, rowGroupRows, seed }: SampleOptions): number {
  const rows = sampleRowsOf(column, rowGroupRows);
  const wantedRowGroups = Math.floor(SAMPLE_BYTES / (rows * plainRowBytes(column)));
  const rowGroups = Math.max(1, Math.min(MAX_SAMPLE_ROW_GROUPS, wantedRowGroups));
  const { dataBytes } = encodeRows({
    columns: [column],
    seed,
    fileIndex: 0,
    format,
    rowGroupRows: Array(rowGroups).fill(rows),
    keyValues: {},
  });
  return dataBytes * SAMPLE_MARGIN / (rowGroups * rows);
}

interface RowsToEncode extends ValueSourceOptions {
  readonly format: PageFormat;
  readonly rowGroupRows: readonly number[];
  readonly keyValues: Readonly<Record<string, string>>;
}

/** Returns the bytes of a file as it would be written, without and with its footer. */
function encodeRows({ columns, seed, fileIndex, format, rowGroupRows, keyValues }: RowsToEncode) {
  const path = "/dev/null", fd = fs.openSync(path, "w");
  try {
    const writer = new ParquetFileWriter({ ...format, columns });
    const values = new ValueSource({ seed, fileIndex, columns });
    writer.begin({ fd, path, keyValues });
    rowGroupRows.forEach((rows, rowGroup) =>
      writer.writeRowGroup(
        rows,
        (column, rowStart, pageRows) => values.chunk({ rowGroup, column, rowStart, rows: pageRows }),
      )
    );
    return { dataBytes: writer.fileBytes, fileBytes: writer.finish() };
  } finally {
    fs.closeSync(fd);
  }
}
