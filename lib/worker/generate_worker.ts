// Entry of a generating thread: takes one file after the other until all are taken or the generation is stopped.
import { FileGenerator } from "../dataset/generate_file.ts";
import { GeneratorProgress } from "./generator_progress.ts";
import type { GeneratorTask } from "./protocol.ts";
import { serveTask } from "./spawn.ts";

serveTask<GeneratorTask>(({ dataFolder, specification, direct, fileIndexes, progress }, report) => {
  const shared = new GeneratorProgress(progress);
  const generator = new FileGenerator({
    dataFolder,
    spec: specification,
    direct,
    onProgress: (bytes) => {
      shared.addBytes(bytes);
      return !shared.isStopped();
    },
    onFile: (fileIndex, fileBytes) => report({ kind: "generated", fileIndex, fileBytes }),
  });
  while (!shared.isStopped()) {
    const next = shared.claim();
    if (next >= fileIndexes.length || !generator.write(fileIndexes[next])) break;
  }
  generator.finish();
});
