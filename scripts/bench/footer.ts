// Prints how long the lean footer scan takes beside hyparquet, on the footer of a DLRM file: 768 row groups of
// 200 columns, 40 of them read.   Usage: bun scripts/bench/footer.ts
import type { SchemaElement } from "hyparquet";
import { parquetMetadata } from "hyparquet";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { NS_PER_MS } from "../../lib/base/units.ts";
import { chunkTableAt, chunkTableBytes } from "../../lib/format/parquet/chunk_table.ts";
import { leafToSlot, selectColumns } from "../../lib/format/parquet/columns.ts";
import { FOOTER_TAIL_BYTES, parseFooterTail, readFileSummary } from "../../lib/format/parquet/footer.ts";
import { scanChunks } from "../../lib/format/parquet/scan_chunks.ts";

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

function medianMs(call: () => void): number {
  const elapsedNs = Array.from({ length: ROUNDS }, () => {
    const begin = Bun.nanoseconds();
    call();
    return Bun.nanoseconds() - begin;
  });
  return elapsedNs.sort((a, b) => a - b)[ROUNDS >> 1] / NS_PER_MS;
}

const { footer, fileBytes } = buildFooter();
const place = { path: "dlrm.parquet", fileBytes };
const metadataBytes = parseFooterTail(footer.subarray(-FOOTER_TAIL_BYTES), place.path, fileBytes);
const metadata = footer.subarray(footer.length - FOOTER_TAIL_BYTES - metadataBytes, -FOOTER_TAIL_BYTES);
const names = schema.slice(1).map(({ name }) => name).filter((_, column) => column % READ_EVERY === 0);
const wanted = selectColumns(schema, names, place.path);
const slots = leafToSlot(schema, wanted);
const table = chunkTableAt(
  new SharedArrayBuffer(chunkTableBytes(ROW_GROUPS, wanted.length)),
  0,
  ROW_GROUPS,
  wanted.length,
);

const firstBegin = Bun.nanoseconds();
scanChunks(metadata, slots, table, place);
const firstMs = (Bun.nanoseconds() - firstBegin) / NS_PER_MS;
const rows = [
  [`scanChunks, the first time, ${wanted.length} of ${COLUMNS} columns`, firstMs],
  [`scanChunks, median of ${ROUNDS}`, medianMs(() => scanChunks(metadata, slots, table, place))],
  [`readFileSummary, median of ${ROUNDS}`, medianMs(() => readFileSummary(metadata, place.path))],
  [`hyparquet parquetMetadata, median of ${ROUNDS}`, medianMs(() => parquetMetadata(footer))],
] as const;
console.log(`footer of ${ROW_GROUPS * COLUMNS} column chunks, ${(footer.length / 1e6).toFixed(1)} MB`);
for (const [name, elapsedMs] of rows) {
  console.log(`${name.padEnd(58)} ${elapsedMs.toFixed(1).padStart(8)} ms`);
}
