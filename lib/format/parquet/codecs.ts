// Decompresses one Parquet page, never to more bytes than its header says.
import type { CompressionCodec } from "hyparquet";
import { CompressionCodecs } from "hyparquet/src/constants.js";
import zlib from "node:zlib";
import { CorruptionError } from "./corruption.ts";
import { SNAPPY_MAX_RATIO, uncompressSnappy } from "./snappy.ts";

/** Codec numbers that the fast path knows. */
export const Codec = { UNCOMPRESSED: 0, SNAPPY: 1 } as const;

type Decompressor = (input: Uint8Array, outputBytes: number) => Uint8Array;

// zlib's limit may not be 0.
const limit = (outputBytes: number) => ({ maxOutputLength: Math.max(1, outputBytes) });

const DECOMPRESSORS: Partial<Record<CompressionCodec, Decompressor>> = {
  UNCOMPRESSED: (input) => input,
  SNAPPY: unsnap,
  GZIP: (input, outputBytes) => zlib.gunzipSync(input, limit(outputBytes)),
  ZSTD: (input, outputBytes) => zlib.zstdDecompressSync(input, limit(outputBytes)),
};

/** Returns the page's bytes, `input` itself where it is not compressed; throws where they are not `outputBytes`. */
export function decompress(codec: number, input: Uint8Array, outputBytes: number): Uint8Array {
  const decompressor = DECOMPRESSORS[CompressionCodecs[codec]];
  if (decompressor === undefined) {
    const found = CompressionCodecs[codec] ?? `number ${codec}`;
    const known = Object.keys(DECOMPRESSORS).join(", ");
    throw new CorruptionError(0, `compression ${found} is not supported, wanted one of ${known}`);
  }
  if (outputBytes === 0) return input.subarray(0, 0);
  const output = decompressor(input, outputBytes);
  if (output.length !== outputBytes) {
    throw new CorruptionError(0, `a page of ${output.length} bytes, its header says ${outputBytes}`);
  }
  return output;
}

function unsnap(input: Uint8Array, outputBytes: number): Uint8Array {
  if (outputBytes > input.length * SNAPPY_MAX_RATIO) {
    throw new CorruptionError(0, `${input.length} bytes of snappy data cannot stand for ${outputBytes}`);
  }
  const output = new Uint8Array(outputBytes);
  uncompressSnappy({ bytes: input, start: 0, end: input.length }, {
    bytes: output,
    start: 0,
    end: outputBytes,
  });
  return output;
}
