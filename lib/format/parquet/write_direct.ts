// Writes a file around the page cache (O_DIRECT): whole blocks of an aligned buffer, each of which is one write. The last
// block of a file is filled up with zeros, which are cut off again.
import fs from "node:fs";
import { FileError, reasonOf } from "../../base/errors.ts";
import { MIB } from "../../base/units.ts";
import { alignedBuffer } from "../../storage/aligned_buffer.ts";
import { directBlockBytes } from "../../storage/direct_probe.ts";
import type { WriteOutput } from "./write_output.ts";

/** A write: so large that what a call costs, and the device's pause before the next, hardly count. */
export const DIRECT_WRITE_BYTES = 4 * MIB;

/** Writes files that were opened with O_DIRECT, one after another, from one buffer. */
export class DirectOutput implements WriteOutput {
  readonly #buffer = alignedBuffer(DIRECT_WRITE_BYTES);
  #fd = -1;
  #path = "";
  #blockBytes = 0;
  /** Bytes of the file on the device, and those behind them that the buffer holds. */
  #writtenBytes = 0;
  #heldBytes = 0;

  begin(fd: number, path: string): void {
    this.#fd = fd;
    this.#path = path;
    this.#blockBytes = directBlockBytes(path);
    this.#writtenBytes = this.#heldBytes = 0;
  }

  write(pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) {
      for (let from = 0; from < piece.length;) {
        const bytes = Math.min(piece.length - from, DIRECT_WRITE_BYTES - this.#heldBytes);
        this.#buffer.set(piece.subarray(from, from + bytes), this.#heldBytes);
        this.#heldBytes += bytes;
        from += bytes;
        if (this.#heldBytes === DIRECT_WRITE_BYTES) this.#writeHeld();
      }
    }
  }

  finish(): void {
    const fileBytes = this.#writtenBytes + this.#heldBytes;
    if (this.#heldBytes > 0) {
      const paddedBytes = Math.ceil(this.#heldBytes / this.#blockBytes) * this.#blockBytes;
      this.#buffer.fill(0, this.#heldBytes, paddedBytes);
      this.#heldBytes = paddedBytes;
      this.#writeHeld();
    }
    if (this.#writtenBytes !== fileBytes) this.#do(() => fs.ftruncateSync(this.#fd, fileBytes));
  }

  /** Writes what the buffer holds, whole blocks; a call that wrote a part is followed by another from that block on. */
  #writeHeld(): void {
    for (let from = 0; from < this.#heldBytes;) {
      const bytes = this.#do(() =>
        fs.writeSync(this.#fd, this.#buffer, from, this.#heldBytes - from, this.#writtenBytes)
      );
      const blockBytes = bytes - bytes % this.#blockBytes;
      if (blockBytes === 0) this.#fail(`the system took ${bytes} of ${this.#heldBytes - from} bytes`);
      from += blockBytes;
      this.#writtenBytes += blockBytes;
    }
    this.#heldBytes = 0;
  }

  #do<T>(step: () => T): T {
    try {
      return step();
    } catch (cause) {
      return this.#fail(reasonOf(cause), cause);
    }
  }

  #fail(reason: string, cause?: unknown): never {
    const place = { path: this.#path, offsetBytes: this.#writtenBytes };
    throw new FileError({ action: "write", ...place, reason }, { cause });
  }
}
