// Decodes a column chunk of any kind by hyparquet, page by page behind the guards of fallback.ts: the oracle for chunks
// that are damaged, which hyparquet by itself may not survive.
import type { DecodedArray } from "hyparquet";
import { checkRatio, Codec, decompressInto } from "../../../lib/format/parquet/codecs.ts";
import type { WantedColumn } from "../../../lib/format/parquet/columns.ts";
import { NestedCollector } from "../../../lib/format/parquet/fallback.ts";
import {
  checkPageBounds,
  emptyPageHeader,
  type PageHeaderFields,
  PageType,
  parsePageHeader,
} from "../../../lib/format/parquet/page_header.ts";

export interface LoneChunk {
  readonly bytes: Uint8Array;
  readonly codec: number;
  readonly rows: number;
}

/** Returns what hyparquet makes of a chunk, one element a row. @throws {CorruptionError} */
export function decodeByOracle(column: WantedColumn, { bytes, codec, rows }: LoneChunk): DecodedArray {
  const header = emptyPageHeader();
  const collector = new NestedCollector(column, { rows, isStreamed: false });
  for (let at = 0; at < bytes.length;) {
    const start = parsePageHeader(bytes, at, bytes.length, header);
    at = checkPageBounds(header, start, bytes.length);
    if (header.type === PageType.INDEX) continue;
    collector.add(decompressPage(bytes.subarray(start, at), header, codec), header);
  }
  return collector.finish();
}

/** Returns a page's levels and values; the levels of a page of version 2 are never compressed. */
function decompressPage(stored: Uint8Array, header: PageHeaderFields, codec: number): Uint8Array {
  const isStored = header.type === PageType.DATA_V2 && header.isCompressed === 0;
  const levelsBytes = header.definitionLevelsBytes + header.repetitionLevelsBytes;
  const valuesBytes = header.uncompressedBytes - levelsBytes;
  const pageCodec = isStored ? Codec.UNCOMPRESSED : codec;
  checkRatio(pageCodec, stored.length - levelsBytes, valuesBytes);
  const page = new Uint8Array(levelsBytes + valuesBytes);
  page.set(stored.subarray(0, levelsBytes));
  if (valuesBytes > 0) {
    decompressInto(pageCodec, stored, levelsBytes, stored.length, page, levelsBytes, valuesBytes);
  }
  return page;
}
