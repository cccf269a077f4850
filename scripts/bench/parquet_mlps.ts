// Reads Parquet files on request (parquet_child.ts) by the classes that a reader thread of a run consists of, as it uses
// them: page cache, full decode, one thread.
import { createInterface } from "node:readline";
import { inspectFile } from "../../lib/dataset/inspect_file.ts";
import { type ChunkTable, chunkTableAt, chunkTableBytes } from "../../lib/format/parquet/chunk_table.ts";
import { selectColumns } from "../../lib/format/parquet/columns.ts";
import type { FileLayout } from "../../lib/plan/file_layout.ts";
import { MAX_READ_BYTES, PIECE_BYTES } from "../../lib/plan/read_ranges.ts";
import { PosixStorage } from "../../lib/storage/posix.ts";
import { ExtentReader } from "../../lib/worker/extent_reader.ts";
import { FooterLoader } from "../../lib/worker/footer_loader.ts";
import { OpenFiles } from "../../lib/worker/open_files.ts";
import type { ReadAnswer, ReadRequest } from "./parquet_child.ts";

const GAP_BYTES = 8192; // the default of reader.coalesce_gap_bytes

/** Reads the files of one dataset, which have one schema and one layout. */
class DatasetReader {
  readonly #files: OpenFiles;
  readonly #footers: FooterLoader;
  readonly #extents: ExtentReader;
  readonly #layout: FileLayout;
  readonly #table: ChunkTable;
  #paths: readonly string[] = [];
  /** The file whose footer the table holds. */
  #file = -1;

  constructor({ paths, columns: names }: ReadRequest) {
    const { schema, schemaSection, rowGroupRows } = inspectFile(paths[0]);
    const storage = new PosixStorage({ direct: false, onRead: () => {} });
    const columns = selectColumns(schema, names ?? undefined, paths[0]);
    const size = [rowGroupRows.length, columns.length] as const;
    this.#layout = { rows: [...rowGroupRows] };
    this.#table = chunkTableAt(new SharedArrayBuffer(chunkTableBytes(...size)), 0, ...size);
    this.#files = new OpenFiles(storage, (file) => this.#paths[file]);
    this.#footers = new FooterLoader(storage, { schema, columns, schemaSection, alignBytes: 1 });
    const rules = {
      gapBytes: GAP_BYTES,
      maxReadBytes: MAX_READ_BYTES,
      alignBytes: 1,
      pieceBytes: PIECE_BYTES,
    };
    this.#extents = new ExtentReader({
      storage,
      files: this.#files,
      columns,
      decode: "values",
      rules,
      table: this.#table,
      timesReads: true,
    });
  }

  read({ paths, passes, opens_in_time }: ReadRequest): ReadAnswer {
    if (opens_in_time) return this.#readSmallFiles(paths, passes);
    let elapsed_ns = 0, rows = 0;
    this.#paths = paths;
    for (let file = 0; file < paths.length; file++) {
      if (this.#file !== file) this.#footers.load(this.#files.open(file), this.#table, this.#layout);
      this.#file = file;
      const beginNs = Bun.nanoseconds();
      for (let pass = 0; pass < passes; pass++) rows += this.#readRowGroups(file);
      elapsed_ns += Bun.nanoseconds() - beginNs;
    }
    return { elapsed_ns, rows };
  }

  #readRowGroups(file: number): number {
    const { rows } = this.#layout;
    let sum = 0;
    for (let rowGroup = 0; rowGroup < rows.length; rowGroup++) {
      this.#extents.plan(this.#table, rowGroup);
      this.#extents.read(file);
      sum += rows[rowGroup];
    }
    return sum;
  }

  /** Reads files of one row group, each opened anew, as a run does: the footer first, the row group from the same bytes. */
  #readSmallFiles(paths: readonly string[], passes: number): ReadAnswer {
    this.#files.closeAll();
    this.#paths = paths;
    this.#file = -1;
    const beginNs = Bun.nanoseconds();
    for (let pass = 0; pass < passes; pass++) {
      for (let file = 0; file < paths.length; file++) {
        this.#footers.load(this.#files.open(file), this.#table, this.#layout);
        this.#extents.plan(this.#table, 0);
        this.#extents.readBehind(this.#footers, file, 0);
      }
    }
    return { elapsed_ns: Bun.nanoseconds() - beginNs, rows: paths.length * passes * this.#layout.rows[0] };
  }
}

let reader: DatasetReader | undefined;
for await (const line of createInterface(process.stdin)) {
  const request: ReadRequest = JSON.parse(line);
  reader ??= new DatasetReader(request);
  console.log(JSON.stringify(reader.read(request)));
}
