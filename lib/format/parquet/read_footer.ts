// Fetches a file's footer where no run is timed: when a dataset is opened or a generation resumes.
import fs from "node:fs";
import { FileError, reasonOf } from "../../base/errors.ts";
import { FOOTER_TAIL_BYTES, parseFooterTail } from "./footer.ts";

/** The first read: most footers fit, and a second read fetches one that does not. */
const FIRST_READ_BYTES = 64 * 1024;

/** Returns the metadata bytes of an open file, in at most two reads. @throws {FileError} */
export function readFooter(fd: number, fileBytes: number, path: string): Uint8Array {
  const tail = readBytes(fd, path, Math.max(0, fileBytes - FIRST_READ_BYTES), fileBytes);
  const metadataBytes = parseFooterTail(tail.subarray(-FOOTER_TAIL_BYTES), path, fileBytes);
  const footerBytes = metadataBytes + FOOTER_TAIL_BYTES;
  if (footerBytes <= tail.length) return tail.subarray(tail.length - footerBytes, -FOOTER_TAIL_BYTES);
  const metadataEnd = fileBytes - FOOTER_TAIL_BYTES;
  return readBytes(fd, path, metadataEnd - metadataBytes, metadataEnd);
}

/** Returns the bytes from `startByte` to `endByte` of an open file. @throws {FileError} */
export function readBytes(fd: number, path: string, startByte: number, endByte: number): Uint8Array {
  const bytes = new Uint8Array(endByte - startByte);
  let done = 0;
  while (done < bytes.length) {
    const offsetBytes = startByte + done;
    let count: number;
    try {
      count = fs.readSync(fd, bytes, done, bytes.length - done, offsetBytes);
    } catch (cause) {
      throw new FileError({ action: "read", path, offsetBytes, reason: reasonOf(cause) }, { cause });
    }
    if (count === 0) {
      throw new FileError({
        action: "read",
        path,
        offsetBytes,
        reason: `the file ends here, ${endByte} bytes are wanted`,
      });
    }
    done += count;
  }
  return bytes;
}
