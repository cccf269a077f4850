// How long the lean footer scan takes beside hyparquet, on the footer of a DLRM file: 768 row groups of 200 columns,
// 40 of them read.
import type { SchemaElement } from "hyparquet";
import { parquetMetadata } from "hyparquet";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { NS_PER_MS } from "../../lib/base/units.ts";
import { chunkTableAt, chunkTableBytes } from "../../lib/format/parquet/chunk_table.ts";
import { leafToSlot, selectColumns } from "../../lib/format/parquet/columns.ts";
import { FOOTER_TAIL_BYTES, parseFooterTail, readFileSummary } from "../../lib/format/parquet/footer.ts";
import { scanChunks } from "../../lib/format/parquet/scan_chunks.ts";
import { printRow, spread } from "./tools.ts";

const ROW_GROUPS = 768, COLUMNS = 200, READ_EVERY = 5, ROWS = 6144, VALUE_BYTES = 4, HEADER_BYTES = 30;
const ROUNDS = 11;

const schema: SchemaElement[] = [
  { name: "root", num_children: COLUMNS },
  ...Array.from({ length: COLUMNS }, (_, column): SchemaElement => ({
    name: `feature_${String(column).padStart(3, "0")}`,
    type: "FLOAT",
    repetition_type: "REQUIRED",
  })),
];

/** Returns the footer of a file that is never written, and the size that the file would have. */
function buildFooter(): { footer: Uint8Array; fileBytes: number } {
  const writer = new ByteWriter(16 << 20);
  const parquet = new ParquetWriter({ writer, schema, codec: "UNCOMPRESSED", statistics: false });
  const chunkBytes = ROWS * VALUE_BYTES + HEADER_BYTES;
  let offset = writer.offset;
  for (let rowGroup = 0; rowGroup < ROW_GROUPS; rowGroup++) {
    const columns = schema.slice(1).map(({ name }) => {
      const chunk = {
        file_offset: BigInt(offset),
        meta_data: {
          type: "FLOAT" as const,
          encodings: ["PLAIN" as const],
          path_in_schema: [name],
          codec: "UNCOMPRESSED" as const,
          num_values: BigInt(ROWS),
          total_compressed_size: BigInt(chunkBytes),
          total_uncompressed_size: BigInt(chunkBytes),
          data_page_offset: BigInt(offset),
        },
      };
      offset += chunkBytes;
      return chunk;
    });
    const size = BigInt(chunkBytes * COLUMNS);
    parquet.row_groups.push({
      columns,
      total_byte_size: size,
      num_rows: BigInt(ROWS),
      total_compressed_size: size,
    });
    parquet.num_rows += BigInt(ROWS);
  }
  const begin = writer.index;
  parquet.finish();
  const footer = writer.getBytes().slice(begin);
  return { footer, fileBytes: offset + footer.length };
}

/** Returns the milliseconds of each of ROUNDS calls. */
function measureMs(call: () => void): number[] {
  return Array.from({ length: ROUNDS }, () => {
    const begin = Bun.nanoseconds();
    call();
    return (Bun.nanoseconds() - begin) / NS_PER_MS;
  });
}

/** Measures in this process. */
export function benchFooter(): void {
  const { footer, fileBytes } = buildFooter();
  const place = { path: "dlrm.parquet", fileBytes };
  const metadataBytes = parseFooterTail(footer.subarray(-FOOTER_TAIL_BYTES), place.path, fileBytes);
  const metadata = footer.subarray(footer.length - FOOTER_TAIL_BYTES - metadataBytes, -FOOTER_TAIL_BYTES);
  const names = schema.slice(1).map(({ name }) => name).filter((_, column) => column % READ_EVERY === 0);
  const wanted = selectColumns(schema, names, place.path);
  const slots = leafToSlot(schema, wanted);
  const buffer = new SharedArrayBuffer(chunkTableBytes(ROW_GROUPS, wanted.length));
  const table = chunkTableAt(buffer, 0, ROW_GROUPS, wanted.length);
  measureMs(() => scanChunks(metadata, slots, table, place)); // until it is compiled
  const scanMs = measureMs(() => scanChunks(metadata, slots, table, place));
  const what = `footer of ${(ROW_GROUPS * COLUMNS).toLocaleString("en-US")} column chunks, scan`;
  printRow({
    what,
    measured: `${spread(scanMs)} ms`,
    target: "<= 30 ms",
    ok: scanMs.sort((a, b) => a - b)[ROUNDS >> 1] <= 30,
  });
  const summaryMs = measureMs(() => readFileSummary(metadata, place.path));
  printRow({
    what: "  its summary (schema, rows of each row group)",
    measured: `${spread(summaryMs)} ms`,
    target: "",
  });
  printRow({
    what: "  hyparquet parquetMetadata",
    measured: `${spread(measureMs(() => parquetMetadata(footer)))} ms`,
    target: "",
  });
}
