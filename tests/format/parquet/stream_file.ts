// Decodes a file as a reader does whose buffer is smaller than the column chunks: in pieces of some bytes.
import assert from "node:assert/strict";
import type { ChunkTable } from "../../../lib/format/parquet/chunk_table.ts";
import { RowGroupDecoder } from "../../../lib/format/parquet/decode.ts";
import { openFile, PATH } from "./read_file.ts";

const FIRST_PIECE_BYTES = 100;
const MARGIN_BYTES = 64;
/** What lies around a piece: bytes that would parse as something. */
const MARGIN = 0x15;

/** Decodes all column chunks in pieces and returns the bytes of their values. @throws {FileError} */
export function streamFile(bytes: Uint8Array): number {
  const { columns, table, numRowGroups } = openFile(bytes);
  const decoder = new RowGroupDecoder({ columns, mode: "values" });
  for (let rowGroup = 0; rowGroup < numRowGroups; rowGroup++) {
    for (const { slot } of columns) streamChunk(decoder, bytes, { table, rowGroup, slot });
  }
  return decoder.valueBytes;
}

function streamChunk(
  decoder: RowGroupDecoder,
  bytes: Uint8Array,
  { table, rowGroup, slot }: { table: ChunkTable; rowGroup: number; slot: number },
): void {
  const chunk = rowGroup * table.numColumns + slot;
  const chunkEnd = table.startByte[chunk] + table.bytes[chunk];
  decoder.beginChunk(slot, { path: PATH, table, rowGroup });
  for (let at = table.startByte[chunk], pieceBytes = FIRST_PIECE_BYTES; at < chunkEnd;) {
    const pieceEnd = Math.min(chunkEnd, at + pieceBytes);
    const piece = new Uint8Array(pieceEnd - at + 2 * MARGIN_BYTES).fill(MARGIN);
    piece.set(bytes.subarray(at, pieceEnd), MARGIN_BYTES);
    const doneBytes = decoder.decodePages(piece, MARGIN_BYTES, MARGIN_BYTES + pieceEnd - at);
    assert.ok(doneBytes > 0 || pieceEnd < chunkEnd, "the decoder wants bytes beyond the column chunk");
    assert.ok(doneBytes <= pieceEnd - at, "the decoder took more bytes than there were");
    pieceBytes = doneBytes > 0 ? FIRST_PIECE_BYTES : 2 * pieceBytes;
    at += doneBytes;
  }
  decoder.endChunk();
}
