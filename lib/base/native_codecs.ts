// The codecs that the runtime has built in, quicker than those of node:zlib and without its limits on the size of what
// comes out: what is safe to decompress with them is the caller's to know.

// Bun's declarations leave out memory that is shared or WebAssembly's; its functions take it.
type Bytes = Uint8Array<ArrayBuffer>;
type GzipLevel = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;

/** Decompresses the first member of gzip data and checks its CRC. Takes memory for all that the member stands for. */
export function gunzipNative(input: Uint8Array): Uint8Array {
  return Bun.gunzipSync(input as Bytes, { library: "libdeflate" });
}

/** Compresses to gzip, at a level of 1 to 9. */
export function gzipNative(input: Uint8Array, level: number): Uint8Array {
  return Bun.gzipSync(input as Bytes, { library: "libdeflate", level: level as GzipLevel });
}

/** Decompresses Zstandard frames to memory of the size that their headers state. */
export function unzstdNative(input: Uint8Array): Uint8Array {
  return Bun.zstdDecompressSync(input);
}

/** Compresses to a Zstandard frame, at a level of 1 to 22. */
export function zstdNative(input: Uint8Array, level: number): Uint8Array {
  return Bun.zstdCompressSync(input, { level });
}
