// Compresses Parquet pages.
import { gzipNative, zstdNative } from "../../base/native_codecs.ts";
import { Lz4Compressor } from "./lz4_compress.ts";
import { SnappyCompressor } from "./snappy_compress.ts";

/** The codecs that pages are written in, by the names of `dataset.compression`. */
export type CompressionName = "none" | "snappy" | "gzip" | "zstd" | "lz4";

/** Levels that a codec may be given, by pyarrow's limits and defaults; the other codecs have none. */
export const CODEC_LEVELS = {
  gzip: { least: 1, most: 9, default: 9 },
  zstd: { least: 1, most: 22, default: 1 },
} as const satisfies Partial<Record<CompressionName, { least: number; most: number; default: number }>>;

/** Returns the compressed bytes of a page: the input itself or a view that stays valid until the next call. */
export type Compressor = (input: Uint8Array) => Uint8Array;

/** Returns a function that compresses pages, for one thread; `level` is one of CODEC_LEVELS, where the codec has any. */
export function compressor(codec: CompressionName, level?: number): Compressor {
  switch (codec) {
    case "none":
      return (input) => input;
    case "snappy": {
      const snappy = new SnappyCompressor();
      return (input) => snappy.compress(input);
    }
    case "gzip": {
      const gzipLevel = level ?? CODEC_LEVELS.gzip.default;
      return (input) => gzipNative(input, gzipLevel);
    }
    case "zstd": {
      const zstdLevel = level ?? CODEC_LEVELS.zstd.default;
      return (input) => zstdNative(input, zstdLevel);
    }
    case "lz4": {
      const lz4 = new Lz4Compressor();
      return (input) => lz4.compress(input);
    }
  }
}
