// Fetches a file's footer through the run's own storage path (direct I/O included), checks that the file is one of the
// dataset, and fills a chunk table from it.
import type { SchemaElement } from "hyparquet";
import { FileError } from "../base/errors.ts";
import type { ChunkTable } from "../format/parquet/chunk_table.ts";
import { leafToSlot, selectColumns, type WantedColumn } from "../format/parquet/columns.ts";
import { FOOTER_TAIL_BYTES, parseFooterTail, readFileSummary } from "../format/parquet/footer.ts";
import { scanChunks } from "../format/parquet/scan_chunks.ts";
import { schemaSection } from "../format/parquet/schema_section.ts";
import type { FileLayout } from "../plan/file_layout.ts";
import { FOOTER_READ_BYTES } from "../plan/in_flight.ts";
import { ReadRanges } from "../plan/read_ranges.ts";
import { alignedBuffer } from "../storage/aligned_buffer.ts";
import type { FileHandle, ReaderStorage } from "../storage/storage.ts";

export interface FooterLoaderOptions {
  readonly schema: SchemaElement[];
  /** The columns to read. */
  readonly columns: readonly WantedColumn[];
  /** The bytes of the schema in the footer of the dataset's first file. */
  readonly schemaSection: Uint8Array;
  readonly alignBytes: number;
}

/** Loads footers for one reader thread, with one reused buffer. */
export class FooterLoader {
  /** Bytes that the footer loaded last asked of storage and got. */
  requestedBytes = 0;
  returnedBytes = 0;
  readonly #storage: ReaderStorage;
  readonly #options: FooterLoaderOptions;
  readonly #leafToSlot: Int32Array;
  readonly #range = new ReadRanges(1);
  /** The bytes of the file that were fetched last, and where in the file they begin: a small file is there as a whole. */
  buffer = alignedBuffer(2 * FOOTER_READ_BYTES);
  bufferStartByte = 0;

  constructor(storage: ReaderStorage, options: FooterLoaderOptions) {
    this.#storage = storage;
    this.#options = options;
    this.#leafToSlot = leafToSlot(options.schema, options.columns);
  }

  /** Fills `table` from the footer of an open file. @throws {FileError} When the file is not as the dataset says. */
  load(file: FileHandle, table: ChunkTable, layout: FileLayout): void {
    const { fileBytes, path } = file;
    const metadata = this.#fetchMetadata(file);
    this.#checkSchema(metadata, path);
    const numRowGroups = scanChunks(metadata, this.#leafToSlot, table, { path, fileBytes });
    checkLayout(table, numRowGroups, layout, path);
  }

  #fetchMetadata(file: FileHandle): Uint8Array {
    const { fileBytes, path } = file;
    this.requestedBytes = this.returnedBytes = 0;
    const tail = this.#fetch(file, Math.max(0, fileBytes - FOOTER_READ_BYTES));
    const metadataBytes = parseFooterTail(tail.subarray(-FOOTER_TAIL_BYTES), path, fileBytes);
    const footerBytes = metadataBytes + FOOTER_TAIL_BYTES;
    const footer = footerBytes <= tail.length
      ? tail.subarray(-footerBytes)
      : this.#fetch(file, fileBytes - footerBytes);
    return footer.subarray(0, metadataBytes);
  }

  /** Returns the bytes of the file from `start` to its end. */
  #fetch(file: FileHandle, start: number): Uint8Array {
    const range = this.#range, { alignBytes } = this.#options;
    const first = Math.floor(start / alignBytes) * alignBytes;
    range.count = 1;
    range.fileOffset[0] = first;
    range.bytes[0] = Math.ceil((file.fileBytes - first) / alignBytes) * alignBytes;
    range.bufferOffset[0] = 0;
    if (this.buffer.length < range.bytes[0]) this.buffer = alignedBuffer(range.bytes[0]);
    this.bufferStartByte = first;
    this.requestedBytes += range.bytes[0];
    this.returnedBytes += this.#storage.readRanges(file, range, this.buffer, 0, 1);
    return this.buffer.subarray(start - first, file.fileBytes - first);
  }

  /** Other bytes may still say the same of the wanted columns; only then is the schema parsed. */
  #checkSchema(metadata: Uint8Array, path: string): void {
    if (Buffer.compare(schemaSection(metadata), this.#options.schemaSection) === 0) return;
    const { schema } = readFileSummary(metadata, path);
    const found = selectColumns(
      schema,
      this.#options.columns.map(({ schemaPath }) => schemaPath[1].element.name),
      path,
    );
    for (const [slot, wanted] of this.#options.columns.entries()) {
      const column = found[slot];
      if (column !== undefined && describeColumn(column) === describeColumn(wanted)) continue;
      throw new FileError({
        action: "read",
        path,
        reason:
          `its schema is not that of the dataset: it has ${column ? describeColumn(column) : "no column"}, ` +
          `wanted ${describeColumn(wanted)} as in the first file`,
      });
    }
  }
}

/** Returns all of a column that decoding depends on, as people read it. */
function describeColumn({ name, leafIndex, physicalType, element, schemaPath }: WantedColumn): string {
  const repetitions = schemaPath.slice(1).map((node) => node.element.repetition_type).join(" ");
  const length = physicalType === "FIXED_LEN_BYTE_ARRAY" ? `(${element.type_length})` : "";
  return `column ${leafIndex} "${name}" (${repetitions} ${physicalType}${length})`;
}

function checkLayout(table: ChunkTable, numRowGroups: number, { rows }: FileLayout, path: string): void {
  const differing = rows.findIndex((count, rowGroup) =>
    rowGroup >= numRowGroups || table.rows[rowGroup] !== count
  );
  if (numRowGroups === rows.length && differing < 0) return;
  const found = differing < 0 || numRowGroups !== rows.length
    ? `${numRowGroups} row groups, wanted ${rows.length}`
    : `${table.rows[differing]} rows in row group ${differing}, wanted ${rows[differing]}`;
  throw new FileError({ action: "read", path, reason: `it has ${found}: it changed since the run began` });
}
