// A storage whose only file lies in memory.
import { nowNs } from "../../lib/base/clock.ts";
import type { FileHandle, ReaderStorage } from "../../lib/storage/storage.ts";

export interface Read {
  readonly offset: number;
  readonly bytes: number;
}

/** Returns a storage that holds one file in memory, and what was read of it. */
export function memoryStorage(file: Uint8Array) {
  const reads: Read[] = [];
  let endNs = 0;
  const storage: ReaderStorage = {
    get endNs() {
      return endNs;
    },
    open: (path, number = 0): FileHandle => ({ path, file: number, fd: 3, fileBytes: file.length }),
    close: () => {},
    readRanges(_, ranges, into, rangeStart, rangeEnd) {
      let returnedBytes = 0;
      for (let range = rangeStart; range < rangeEnd; range++) {
        const offset = ranges.fileOffset[range], bytes = ranges.bytes[range];
        const found = file.subarray(offset, offset + bytes);
        into.set(found, ranges.bufferOffset[range]);
        reads.push({ offset, bytes });
        returnedBytes += found.length;
      }
      endNs = nowNs();
      return returnedBytes;
    },
  };
  return { storage, reads };
}
