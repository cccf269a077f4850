// How large the files of a specification will be. Uncompressed PLAIN files follow from their shape; what compression and
// dictionaries save depends on the values, so the first ones of each kind of column are encoded and measured.
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
import { ValueSource } from "../format/parquet/values.ts";
import { type PageFormat, ParquetFileWriter } from "../format/parquet/write_file.ts";
import { type DatasetSpecification, pageFormatOf } from "./specification.ts";

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
 * Within 1 % above the truth for uncompressed PLAIN data in row groups of 1000 rows and more, within a few percent
 * otherwise.
 */
export function specificationBytes(specification: DatasetSpecification): SpecificationBytes {
  const { columns, num_samples_per_file: rows, row_group_size, num_files_train } = specification;
  const format = pageFormatOf(specification);
  const isMeasured = format.compression !== "none" || format.encoding !== "plain";
  const rowGroupRows = Math.min(rows, row_group_size), rowGroups = Math.ceil(rows / row_group_size);
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
  let fileBytes = FILE_OVERHEAD_BYTES + rowGroups * ROW_GROUP_METADATA_BYTES;
  columns.forEach((column, index) => {
    const pages = Math.ceil(rowGroupRows / rowsPerPage(column, format.pageBytes)) + 1; // a dictionary's
    const path = leafPath(column);
    const nameBytes = path.reduce((sum, name) => sum + Buffer.byteLength(name) + NAME_LENGTH_BYTES, 0);
    fileBytes += path.length * SCHEMA_ELEMENT_BYTES + nameBytes +
      rowGroups * ((isMeasured ? pages : pages - 1) * PAGE_HEADER_BYTES + CHUNK_METADATA_BYTES + nameBytes) +
      Math.ceil(rows * columnRowBytes[index] + lastRowGroupBytes(column, rows % row_group_size, format));
  });
  return { fileBytes, totalBytes: fileBytes * num_files_train, columnRowBytes, isMeasured };
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
  const rows = sampleRowsOf(column, rowGroupRows), columns = [column];
  const wantedRowGroups = Math.floor(SAMPLE_BYTES / (rows * plainRowBytes(column)));
  const rowGroups = Math.max(1, Math.min(MAX_SAMPLE_ROW_GROUPS, wantedRowGroups));
  const path = "/dev/null", fd = fs.openSync(path, "w");
  try {
    const writer = new ParquetFileWriter(fd, { ...format, path, columns, keyValues: {} });
    const values = new ValueSource({ seed, fileIndex: 0, columns });
    for (let rowGroup = 0; rowGroup < rowGroups; rowGroup++) {
      writer.writeRowGroup(
        rows,
        (_, rowStart, pageRows) => values.chunk({ rowGroup, column: 0, rowStart, rows: pageRows }),
      );
    }
    return writer.fileBytes * SAMPLE_MARGIN / (rowGroups * rows);
  } finally {
    fs.closeSync(fd);
  }
}
