// Where the wanted column chunks of a file lie, in memory that threads share.

/** The wanted chunks of one file. Chunk `c` of row group `g` is at index `g * numColumns + c`. */
export interface ChunkTable {
  readonly maxRowGroups: number;
  readonly numColumns: number;
  /** Rows of each row group. */
  readonly rows: Int32Array;
  /** Offset in the file of each chunk's first page. */
  readonly startByte: Float64Array;
  /** Size in the file of each chunk: all its pages with their headers. */
  readonly bytes: Float64Array;
  /** Compression of each chunk, as Parquet numbers it. */
  readonly codec: Uint8Array;
}

/** Returns the bytes that a table takes, a multiple of 8. */
export function chunkTableBytes(maxRowGroups: number, numColumns: number): number {
  const numChunks = maxRowGroups * numColumns;
  return Math.ceil((numChunks * 17 + maxRowGroups * 4) / 8) * 8;
}

/** Returns a table on `chunkTableBytes` bytes of `buffer`; `byteOffset` must be a multiple of 8. */
export function chunkTableAt(
  buffer: ArrayBufferLike,
  byteOffset: number,
  maxRowGroups: number,
  numColumns: number,
): ChunkTable {
  const numChunks = maxRowGroups * numColumns;
  const rowsOffset = byteOffset + numChunks * 16;
  return {
    maxRowGroups,
    numColumns,
    startByte: new Float64Array(buffer, byteOffset, numChunks),
    bytes: new Float64Array(buffer, byteOffset + numChunks * 8, numChunks),
    rows: new Int32Array(buffer, rowsOffset, maxRowGroups),
    codec: new Uint8Array(buffer, rowsOffset + maxRowGroups * 4, numChunks),
  };
}
