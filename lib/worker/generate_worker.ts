// Entry of a generating thread: takes one file after the other until all are taken or the generation is stopped.
import { generateFile } from "../dataset/generate_file.ts";
import { GeneratorProgress } from "./generator_progress.ts";
import type { GeneratorTask } from "./protocol.ts";
import { serveTask } from "./spawn.ts";

serveTask<GeneratorTask>(({ dataFolder, specification, fileIndexes, progress }, report) => {
  const shared = new GeneratorProgress(progress);
  for (;;) {
    const next = shared.claim();
    if (next >= fileIndexes.length || shared.isStopped()) return;
    const fileIndex = fileIndexes[next];
    let countedBytes = 0;
    const written = generateFile({
      dataFolder,
      spec: specification,
      fileIndex,
      onProgress: (writtenBytes) => {
        shared.addBytes(writtenBytes - countedBytes);
        countedBytes = writtenBytes;
        return !shared.isStopped();
      },
    });
    if (written === "stopped") return;
    report({ kind: "generated", fileIndex, fileBytes: written.bytes });
  }
});
