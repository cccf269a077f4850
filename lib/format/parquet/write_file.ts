// Writes Parquet files, one after another, each as one sequential stream to an open descriptor. The metadata of the row
// groups is encoded as they pass, so memory holds one page, one write buffer and the footer, and finishing a file of
// 150,000 chunks is one write.
import { ByteWriter } from "hyparquet-writer";
import { ConvertedTypes, FieldRepetitionTypes, ParquetTypes } from "hyparquet/src/constants.js";
import type { CompressionCodec } from "hyparquet";
import { logicalType } from "hyparquet-writer/src/metadata.js";
import { serializeTCompactProtocol } from "hyparquet-writer/src/thrift.js";
import type { ColumnData } from "./column_data.ts";
import { type CompressionName, compressor } from "./compress.ts";
import { schemaOf, type StoredColumn } from "./dtypes.ts";
import { DictionaryBuilder } from "./encode_dictionary.ts";
import { ColumnWriter } from "./write_chunk.ts";
import { DirectOutput } from "./write_direct.ts";
import { CachedOutput } from "./write_output.ts";
import { WriteSink } from "./write_sink.ts";
import { appendRowGroupEnd, appendRowGroupStart, appendStructListHeader } from "./write_thrift.ts";

const MAGIC = 0x31524150; // "PAR1"

/** The codec of a compression. */
export const CODEC_OF: Readonly<Record<CompressionName, CompressionCodec>> = {
  none: "UNCOMPRESSED",
  snappy: "SNAPPY",
  gzip: "GZIP",
  zstd: "ZSTD",
  lz4: "LZ4_RAW",
};

/** How values become pages. */
export interface PageFormat {
  readonly compression: CompressionName;
  /** One of the codec's levels; without it its default. */
  readonly compressionLevel?: number;
  /** "dictionary": chunks whose different values take at most 1 MiB get a dictionary, all but those of bool. */
  readonly encoding: "plain" | "dictionary";
  /** The most PLAIN bytes of a page. */
  readonly pageBytes: number;
}

/** What all files of a writer have in common. */
export interface FileFormat extends PageFormat {
  readonly columns: readonly StoredColumn[];
  /** Whether the files are opened with O_DIRECT. */
  readonly direct?: boolean;
}

/** A file to be written; the descriptor stays the caller's. */
export interface FileToWrite {
  readonly fd: number;
  readonly path: string;
  readonly keyValues: Readonly<Record<string, string>>;
}

/** Returns the values of some rows of a column in the row group that is written; the bytes must stay as they are. */
export type ReadColumn = (column: number, rowStart: number, rows: number) => ColumnData;

/** Writes the row groups of a file in order, then its footer; buffers and codecs serve one file after another. */
export class ParquetFileWriter {
  readonly #format: FileFormat;
  readonly #sink: WriteSink;
  readonly #columns: readonly ColumnWriter[];
  readonly #rowGroups = new ByteWriter(64 * 1024);
  #keyValues: FileToWrite["keyValues"] = {};
  #numRowGroups = 0;
  #numRows = 0;

  constructor(format: FileFormat) {
    const { columns, compression, compressionLevel, encoding, pageBytes, direct } = format;
    this.#format = format;
    this.#sink = new WriteSink(direct ? new DirectOutput() : new CachedOutput());
    const scene = {
      sink: this.#sink,
      metadata: this.#rowGroups,
      codec: CODEC_OF[compression],
      compress: compressor(compression, compressionLevel),
      ...(encoding === "dictionary" && { dictionary: new DictionaryBuilder() }),
      pageBytes,
    };
    this.#columns = columns.map((column) => new ColumnWriter(column, scene));
  }

  /** Begins a file; one that was not finished is left as it is. */
  begin({ fd, path, keyValues }: FileToWrite): void {
    this.#keyValues = keyValues;
    this.#numRowGroups = this.#numRows = 0;
    this.#rowGroups.index = 0;
    this.#sink.begin(fd, path);
    this.#sink.small.appendUint32(MAGIC);
  }

  /** Returns the bytes of the file so far, those that wait in memory included. */
  get fileBytes(): number {
    return this.#sink.fileBytes;
  }

  /** Writes one row group; asks for each column in order, for its pages from the first row on, for some pages twice. */
  writeRowGroup(rows: number, readColumn: ReadColumn): void {
    const columns = this.#columns;
    let chunkBytes = 0, storedBytes = 0;
    appendRowGroupStart(this.#rowGroups, columns.length);
    for (let index = 0; index < columns.length; index++) {
      const column = columns[index];
      column.write(rows, (rowStart, pageRows) => readColumn(index, rowStart, pageRows));
      chunkBytes += column.chunkBytes;
      storedBytes += column.storedBytes;
    }
    appendRowGroupEnd(this.#rowGroups, { rows, chunkBytes, storedBytes });
    this.#numRowGroups++;
    this.#numRows += rows;
  }

  /** Writes the footer and what still waits in memory; returns the bytes of the file. */
  finish(): number {
    const sink = this.#sink, footerStart = sink.fileBytes;
    appendFooter(sink.small, {
      columns: this.#format.columns,
      keyValues: this.#keyValues,
      numRows: this.#numRows,
      numRowGroups: this.#numRowGroups,
      rowGroups: this.#rowGroups.getBytes(),
    });
    sink.small.appendUint32(sink.fileBytes - footerStart);
    sink.small.appendUint32(MAGIC);
    sink.finish();
    return sink.fileBytes;
  }
}

export interface FooterParts {
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
export function appendFooter(writer: ByteWriter, parts: FooterParts): void {
  const schema = schemaOf(parts.columns);
  serializeTCompactProtocol(writer, {
    field_1: 2, // version
    field_2: schema.map((element) => ({
      field_1: element.type && ParquetTypes.indexOf(element.type),
      field_2: element.type_length,
      field_3: element.repetition_type && FieldRepetitionTypes.indexOf(element.repetition_type),
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
