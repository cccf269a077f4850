// Checks one file of a dataset after another, for one thread: size, footer, whose file it is, rows, schema, where its
// column chunks lie; with `deep` every value. What is wrong is returned, not thrown.
import { CompressionCodecs } from "hyparquet/src/constants.js";
import { FileError } from "../base/errors.ts";
import {
  type FileSummary,
  FOOTER_TAIL_BYTES,
  parseFooterTail,
  readFileSummary,
} from "../format/parquet/footer.ts";
import { type ChunkList, listChunks } from "../format/parquet/inspect_chunks.ts";
import { describeSchema, leavesOf } from "../format/parquet/inspect_schema.ts";
import { ValueSource } from "../format/parquet/values.ts";
import { CODEC_OF } from "../format/parquet/write_file.ts";
import { kindOfNonFile } from "../storage/file_kind.ts";
import { FileWindow } from "../storage/file_window.ts";
import { filePath } from "./file_names.ts";
import { FILE_INDEX_KEY, fileKeyValues, SPECIFICATION_KEY } from "./generate_file.ts";
import { ChunkChecker, type ChunkSums } from "./validate_chunk.ts";
import { type DatasetExpectation, type OwnExpectation, schemaLines } from "./validate_expectation.ts";
import { type Finding, type FindingKind, findingOf } from "./validate_finding.ts";
import { findFooterDamage, findWrongPlace, FooterEncoder } from "./validate_footer.ts";

const FOOTER_READ_BYTES = 64 * 1024;
const MAGIC = "PAR1";
const NOT_COMPARED = "; its values were not compared";

export interface FileCheckOptions {
  readonly expectation: DatasetExpectation;
  readonly deep: boolean;
  readonly direct: boolean;
  /** Called now and then with what was read since the last call; false ends the check of the file. */
  readonly onProgress: (readBytes: number) => boolean;
  /** Hears of each difference. */
  readonly onFinding: (finding: Finding) => void;
}

/** Checks files for one thread, with memory that it keeps. */
export class FileChecker {
  readonly #options: FileCheckOptions;
  readonly #window: FileWindow;
  readonly #chunks: ChunkChecker | undefined;
  #reportedBytes = 0;

  constructor(options: FileCheckOptions) {
    const { expectation, deep, direct } = options;
    this.#options = options;
    this.#window = new FileWindow({ direct });
    if (deep) this.#chunks = new ChunkChecker(this.#window, expectation.own!.specification.columns);
  }

  /** Values that were compared so far. */
  get comparedValues(): number {
    return this.#chunks?.comparedValues ?? 0;
  }

  /** Checks the file of this index; returns false when it was stopped before its end. */
  check(fileIndex: number): boolean {
    const path = filePath(this.#options.expectation.names, fileIndex);
    try {
      return this.#checkOpen(path, fileIndex, this.#open(path));
    } catch (cause) {
      const { onFinding, deep } = this.#options;
      const finding = findingOf(cause, "footer", path);
      onFinding(
        deep && finding.kind === "footer" ? { ...finding, message: finding.message + NOT_COMPARED } : finding,
      );
      return true;
    } finally {
      this.#window.close();
      this.#progress();
    }
  }

  #open(path: string): number {
    const kind = kindOfNonFile(path);
    if (kind === undefined) return this.#window.open(path);
    throw new FileError({ action: "read", path, reason: `it is a ${kind}, a file is wanted` });
  }

  #progress(): boolean {
    const bytes = this.#window.returnedBytes - this.#reportedBytes;
    this.#reportedBytes += bytes;
    return this.#options.onProgress(bytes);
  }

  #checkOpen(path: string, fileIndex: number, fileBytes: number): boolean {
    const { expectation, deep, onFinding } = this.#options;
    const { own } = expectation;
    const rest = deep ? NOT_COMPARED : "";
    const report = (kind: FindingKind, message: string) => onFinding({ kind, path, message: message + rest });
    const wantedBytes = own?.fileBytes?.[fileIndex];
    if (wantedBytes !== undefined && fileBytes !== wantedBytes) {
      report("file_size", `it has ${fileBytes} bytes, ${wantedBytes} are wanted by the manifest`);
      return true;
    }
    const metadata = this.#readMetadata(path, fileBytes);
    const summary = readFileSummary(metadata, path);
    const leaves = leavesOf(describeSchema(summary.schema));
    const chunks = listChunks(metadata, leaves.length, { path, fileBytes });
    if (own !== undefined && !isFileOf(own, fileIndex, summary)) {
      report("identity", describeIdentity(own, fileIndex, summary));
      return true;
    }
    let isAsWanted = true;
    const compare = (kind: FindingKind, message: string | undefined) => {
      if (message === undefined) return;
      isAsWanted = false;
      report(kind, message);
    };
    const { samplesPerFile } = expectation;
    compare(
      "row_count",
      summary.numRows === samplesPerFile
        ? undefined
        : `it has ${summary.numRows} rows, ${samplesPerFile} are wanted`,
    );
    compare("schema", findSchemaDifference(expectation, schemaLines(summary.schema)));
    if (own !== undefined) compare("row_groups", findLayoutDifference(own, summary));
    compare(
      "footer",
      findWrongPlace(chunks, { dataEnd: dataEndOf(fileBytes, metadata), isTiled: own !== undefined }),
    );
    // Chunks that are not where they should be hold nothing that could be compared.
    if (!isAsWanted || this.#chunks === undefined) return this.#progress();
    return this.#checkValues({ path, fileBytes, fileIndex, metadata, chunks, own: own! });
  }

  #readMetadata(path: string, fileBytes: number): Uint8Array {
    const window = this.#window;
    const tailBytes = Math.min(fileBytes, FOOTER_TAIL_BYTES);
    const firstByte = Math.max(0, fileBytes - FOOTER_READ_BYTES);
    window.view(firstByte, fileBytes - firstByte);
    const metadataBytes = parseFooterTail(window.view(fileBytes - tailBytes, tailBytes), path, fileBytes);
    return window.view(fileBytes - FOOTER_TAIL_BYTES - metadataBytes, metadataBytes).slice();
  }

  #checkValues({ path, fileBytes, fileIndex, metadata, chunks, own }: DeepCheck): boolean {
    const { onFinding } = this.#options, { specification, rowGroupRows } = own;
    const magic = Buffer.from(this.#window.view(0, MAGIC.length)).toString("latin1");
    if (magic !== MAGIC) {
      onFinding({ kind: "page", path, offset_bytes: 0, message: `it does not begin with ${MAGIC}` });
    }
    const { columns, seed } = specification;
    const codec = CompressionCodecs.indexOf(CODEC_OF[specification.compression]);
    const source = new ValueSource({ seed, fileIndex, columns });
    const footer = new FooterEncoder(specification);
    const checker = this.#chunks!;
    for (let rowGroup = 0; rowGroup < rowGroupRows.length; rowGroup++) {
      const rows = rowGroupRows[rowGroup];
      footer.beginRowGroup();
      for (let column = 0; column < columns.length; column++) {
        const chunk = rowGroup * columns.length + column;
        const startByte = chunks.startByte[chunk], bytes = chunks.compressedBytes[chunk];
        const place = { path, rowGroup, column, rows, startByte, bytes, codec };
        for (const finding of checker.check(place, source)) onFinding(finding);
        footer.addChunk(column, { startByte, storedBytes: bytes, ...placeOf(checker.sums, chunks, chunk) });
      }
      footer.endRowGroup(rows);
      if (!this.#progress()) return rowGroup === rowGroupRows.length - 1;
    }
    const expected = footer.finish(fileKeyValues(own.specificationHash, fileIndex));
    const damage = findFooterDamage(expected, metadata, dataEndOf(fileBytes, metadata));
    if (damage !== undefined) onFinding({ kind: "footer", path, ...damage });
    return true;
  }
}

/** Returns what the pages say of a chunk; where they are damaged, what the footer says itself. */
function placeOf(sums: ChunkSums | undefined, chunks: ChunkList, chunk: number) {
  return {
    dataByte: sums?.dataByte ?? chunks.dataByte[chunk],
    numValues: sums?.numValues ?? chunks.numValues[chunk],
    chunkBytes: sums?.uncompressedBytes ?? chunks.uncompressedBytes[chunk],
  };
}

interface DeepCheck {
  readonly path: string;
  readonly fileBytes: number;
  readonly fileIndex: number;
  readonly metadata: Uint8Array;
  readonly chunks: ChunkList;
  readonly own: OwnExpectation;
}

function dataEndOf(fileBytes: number, metadata: Uint8Array): number {
  return fileBytes - FOOTER_TAIL_BYTES - metadata.length;
}

function isFileOf(own: OwnExpectation, fileIndex: number, { keyValues }: FileSummary): boolean {
  return keyValues[SPECIFICATION_KEY] === own.specificationHash &&
    keyValues[FILE_INDEX_KEY] === String(fileIndex);
}

function describeIdentity(
  own: OwnExpectation,
  fileIndex: number,
  { keyValues, createdBy }: FileSummary,
): string {
  const hash = keyValues[SPECIFICATION_KEY];
  if (hash === undefined) {
    return `it was written by ${createdBy ?? "another tool"}, not as a file of this dataset`;
  }
  if (hash !== own.specificationHash) return "it was generated with another specification";
  return `it is file ${
    keyValues[FILE_INDEX_KEY]
  } of the dataset, file ${fileIndex} is wanted: it was moved or swapped`;
}

function findSchemaDifference(
  { schema, schemaOrigin }: DatasetExpectation,
  found: readonly string[],
): string | undefined {
  for (let row = 0; row < Math.max(schema.length, found.length); row++) {
    if (found[row] === schema[row]) continue;
    return `it has ${found[row] ?? "no further column"}, ${schemaOrigin} has ${
      schema[row] ?? "no further column"
    }`;
  }
  return undefined;
}

function findLayoutDifference(
  { rowGroupRows: wanted }: OwnExpectation,
  { rowGroupRows: found }: FileSummary,
) {
  if (found.length !== wanted.length) return `it has ${found.length} row groups, ${wanted.length} are wanted`;
  const rowGroup = found.findIndex((rows, index) => rows !== wanted[index]);
  if (rowGroup < 0) return undefined;
  return `row group ${rowGroup} has ${found[rowGroup]} rows, ${wanted[rowGroup]} are wanted`;
}
