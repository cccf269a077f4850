// Memory that direct I/O accepts.

const WASM_PAGE_BYTES = 65536;

/** Returns a buffer of at least `bytes` that begins on a page boundary, as WebAssembly memory does. */
export function alignedBuffer(bytes: number): Uint8Array {
  const pages = Math.max(1, Math.ceil(bytes / WASM_PAGE_BYTES));
  return new Uint8Array(new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }).buffer);
}
