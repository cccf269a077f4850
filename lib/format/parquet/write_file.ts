// Writes one Parquet file to an open descriptor, as one sequential stream: every column chunk is one PLAIN DATA_PAGE_V2
// of a REQUIRED column, without statistics. The metadata of the row groups is encoded as they pass, so memory holds one
// write buffer and the footer, and finishing a file of 150,000 chunks is one write.
import fs from "node:fs";
import { ByteWriter } from "hyparquet-writer";
import { ConvertedTypes, ParquetTypes } from "hyparquet/src/constants.js";
import { logicalType } from "hyparquet-writer/src/metadata.js";
import { snappyCompress } from "hyparquet-writer/src/snappy.js";
import { serializeTCompactProtocol } from "hyparquet-writer/src/thrift.js";
import { FileError, reasonOf } from "../../base/errors.ts";
import { libc } from "../../base/libc.ts";
import { KIB, MIB } from "../../base/units.ts";
import { schemaOf, storageOf, type StoredColumn } from "./dtypes.ts";
import {
  appendColumnChunk,
  appendPageHeader,
  appendRowGroupEnd,
  appendRowGroupStart,
  appendStructListHeader,
  encodeChunkPrefix,
} from "./write_thrift.ts";

/** A write of what still lies in the core's second-level cache: a sixth faster to memory than writes of 1 MiB. */
const WRITE_BYTES = 256 * KIB;
/** How much is written before the disk is told to begin. */
const SYNC_BYTES = 4 * MIB;
const MAGIC = 0x31524150; // "PAR1"
const SYNC_FILE_RANGE_WRITE = 2; // linux/fs.h

/** What a file holds besides its rows. */
export interface ParquetFileOptions {
  readonly path: string;
  readonly columns: readonly StoredColumn[];
  readonly compression: "none" | "snappy";
  readonly keyValues: Readonly<Record<string, string>>;
}

/** Writes the row groups of one file in order, then its footer. The descriptor stays the caller's. */
export class ParquetFileWriter {
  readonly #fd: number;
  readonly #options: ParquetFileOptions;
  readonly #data = new ByteWriter(2 * WRITE_BYTES);
  readonly #rowGroups = new ByteWriter(64 * 1024);
  readonly #chunkPrefixes: readonly Uint8Array[];
  #numRowGroups = 0;
  #numRows = 0;
  /** Up to where the disk was told to begin. */
  #syncedBytes = 0;

  constructor(fd: number, options: ParquetFileOptions) {
    this.#fd = fd;
    this.#options = options;
    const codec = options.compression === "snappy" ? "SNAPPY" : "UNCOMPRESSED";
    this.#chunkPrefixes = options.columns.map(({ name, dtype }) =>
      encodeChunkPrefix(new ByteWriter(), { name, type: storageOf(dtype).physicalType, codec })
    );
    this.#data.appendUint32(MAGIC);
  }

  /** Returns the bytes of the file so far, those that wait in memory included. */
  get fileBytes(): number {
    return this.#data.offset;
  }

  /** Writes one row group; `plainValues` gives the PLAIN bytes of a column and is called for each column in order. */
  writeRowGroup(rows: number, plainValues: (column: number) => Uint8Array): void {
    const { columns, compression } = this.#options;
    const isCompressed = compression === "snappy";
    const sums = { rows, chunkBytes: 0, storedBytes: 0 };
    appendRowGroupStart(this.#rowGroups, columns.length);
    for (let column = 0; column < columns.length; column++) {
      const values = plainValues(column);
      const stored = isCompressed ? snappyCompress(values) : values;
      const startByte = this.#data.offset;
      appendPageHeader(this.#data, {
        rows,
        pageBytes: values.length,
        storedBytes: stored.length,
        isCompressed,
      });
      this.#data.appendBytes(stored);
      const storedBytes = this.#data.offset - startByte;
      const chunkBytes = storedBytes - stored.length + values.length;
      appendColumnChunk(this.#rowGroups, this.#chunkPrefixes[column], {
        startByte,
        rows,
        chunkBytes,
        storedBytes,
      });
      sums.chunkBytes += chunkBytes;
      sums.storedBytes += storedBytes;
      if (this.#data.index >= WRITE_BYTES) this.#flush();
    }
    appendRowGroupEnd(this.#rowGroups, sums);
    this.#numRowGroups++;
    this.#numRows += rows;
  }

  /** Writes the footer and what still waits in memory; returns the bytes of the file. */
  finish(): number {
    const footerStart = this.#data.offset;
    appendFooter(this.#data, {
      ...this.#options,
      numRows: this.#numRows,
      numRowGroups: this.#numRowGroups,
      rowGroups: this.#rowGroups.getBytes(),
    });
    this.#data.appendUint32(this.#data.offset - footerStart);
    this.#data.appendUint32(MAGIC);
    this.#flush();
    return this.#data.offset;
  }

  #flush(): void {
    const bytes = this.#data.getBytes();
    const startByte = this.#data.offset - bytes.length;
    writeFully(this.#fd, bytes, { path: this.#options.path, startByte });
    // Without it the kernel lets gigabytes gather in the page cache before the disk begins to work. It starts the
    // writing and waits for nothing; a filesystem that does not know it says so, which changes no result.
    const unsyncedBytes = this.#data.offset - this.#syncedBytes;
    if (unsyncedBytes >= SYNC_BYTES) {
      libc.sync_file_range(this.#fd, this.#syncedBytes, unsyncedBytes, SYNC_FILE_RANGE_WRITE);
      this.#syncedBytes = this.#data.offset;
    }
    this.#data.index = 0;
  }
}

interface FooterParts {
  readonly columns: readonly StoredColumn[];
  readonly keyValues: Readonly<Record<string, string>>;
  readonly numRows: number;
  readonly numRowGroups: number;
  readonly rowGroups: Uint8Array;
}

/**
 * Appends the FileMetaData. hyparquet-writer serializes what stands before and behind the row groups (parquet.thrift
 * fields 1-3 and 5-7); as fields are numbered by their distance, 1-3 behind field 4 reads as 5-7.
 */
function appendFooter(writer: ByteWriter, parts: FooterParts): void {
  const schema = schemaOf(parts.columns);
  serializeTCompactProtocol(writer, {
    field_1: 2, // version
    field_2: schema.map((element) => ({
      field_1: element.type && ParquetTypes.indexOf(element.type),
      field_2: element.type_length,
      field_3: element.type && 0, // REQUIRED
      field_4: element.name,
      field_5: element.num_children,
      field_6: element.converted_type && ConvertedTypes.indexOf(element.converted_type),
      field_10: logicalType(element.logical_type),
    })),
    field_3: BigInt(parts.numRows),
  });
  writer.index--; // the struct goes on: take back its stop byte
  writer.offset--;
  writer.appendUint8(1 << 4 | 9); // field 4, a list
  appendStructListHeader(writer, parts.numRowGroups);
  writer.appendBytes(parts.rowGroups);
  serializeTCompactProtocol(writer, {
    field_1: Object.entries(parts.keyValues).map(([key, value]) => ({ field_1: key, field_2: value })),
    field_2: "mlps", // created_by
    field_3: parts.columns.map(() => ({ field_1: {} })), // column_orders: TYPE_ORDER
  });
}

/** Writes all of `bytes` at the descriptor's position, however many calls that takes. */
function writeFully(fd: number, bytes: Uint8Array, place: { path: string; startByte: number }): void {
  let written = 0;
  while (written < bytes.length) {
    try {
      written += fs.writeSync(fd, bytes, written, bytes.length - written, null);
    } catch (cause) {
      throw new FileError({
        action: "write",
        path: place.path,
        offsetBytes: place.startByte + written,
        reason: reasonOf(cause),
      }, { cause });
    }
  }
}
