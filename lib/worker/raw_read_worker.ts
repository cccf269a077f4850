// Entry of a thread that reads large blocks as fast as storage gives them, until it is stopped.
import { record } from "../metrics/histogram.ts";
import { ReadRanges } from "../plan/read_ranges.ts";
import { alignedBuffer } from "../storage/aligned_buffer.ts";
import { PosixStorage } from "../storage/posix.ts";
import type { FileHandle } from "../storage/storage.ts";
import type { RawReadTask } from "./protocol.ts";
import { findBlock, histogramOf, RawReadProgress } from "./raw_read.ts";
import { serveTask } from "./spawn.ts";

serveTask<RawReadTask>(({ thread, plan, histograms, progress }) => {
  const shared = new RawReadProgress(progress), histogram = histogramOf(histograms, thread);
  const storage = new PosixStorage({
    direct: plan.direct,
    onRead: (_file, _offsetBytes, _bytes, _beginNs, elapsedNs) => record(histogram, elapsedNs),
  });
  const ranges = new ReadRanges(1), into = alignedBuffer(plan.blockBytes);
  ranges.bytes[0] = plan.blockBytes;
  let open: FileHandle | undefined;
  try {
    while (!shared.isStopped()) {
      const block = findBlock(plan, shared.claim());
      if (block === undefined) break;
      if (open?.file !== block.file) {
        if (open !== undefined) storage.close(open);
        open = storage.open(plan.paths[block.file], block.file);
      }
      ranges.fileOffset[0] = block.offsetBytes;
      shared.addRead(storage.readRanges(open, ranges, into, 0, 1));
    }
  } finally {
    if (open !== undefined) storage.close(open);
  }
});
