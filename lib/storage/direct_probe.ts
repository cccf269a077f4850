// Whether direct I/O works on a file: asked by one read, for a filesystem may accept the flag and refuse the read.
import fs from "node:fs";
import { PreflightError, reasonOf } from "../base/errors.ts";
import { alignedBuffer } from "./aligned_buffer.ts";
import { DIRECT_BLOCK_BYTES } from "./posix.ts";

/** Reads one block of a file with O_DIRECT. @throws {PreflightError} When the filesystem refuses. */
export function probeDirectRead(path: string): void {
  try {
    const fd = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_DIRECT);
    try {
      fs.readSync(fd, alignedBuffer(DIRECT_BLOCK_BYTES), 0, DIRECT_BLOCK_BYTES, 0);
    } finally {
      fs.closeSync(fd);
    }
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const reason = code === "EINVAL" ? "its filesystem does not support it" : reasonOf(cause);
    throw new PreflightError(
      `Cannot read "${path}" with direct I/O: ${reason}. Use --set reader.odirect=false, with ` +
        `reader.page_cache=evict to keep the page cache out`,
      { cause },
    );
  }
}
