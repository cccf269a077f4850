// How large a dataset has to be by MLPerf's rule, so that neither memory nor a handful of steps decides the result
// (mlcommons/storage, Rules.md and mlpstorage's `datasize`).

/** MLPerf: an epoch has at least so many steps, and the dataset at least so many times the memory of all hosts. */
export const MIN_STEPS = 500, MIN_MEMORY_RATIO = 5;

/** What a folder should hold at most; more files are dealt to subfolders. */
const FILES_PER_FOLDER = 10_000;

export interface DatasizeInput {
  readonly batchSize: number;
  readonly numAccelerators: number;
  readonly numHosts: number;
  readonly hostMemoryBytes: number;
  /** The bytes of a sample, all columns. */
  readonly sampleBytes: number;
  readonly samplesPerFile: number;
}

export interface Datasize {
  /** The samples that 500 steps take, and those that are 5 times the memory of all hosts. */
  readonly samplesForSteps: number;
  readonly samplesForMemory: number;
  readonly decidedBy: "steps" | "memory";
  readonly numFiles: number;
  readonly numSamples: number;
  /** 0 where all files fit in one folder. */
  readonly numSubfolders: number;
}

/** Returns the smallest dataset of whole files that MLPerf's rule allows. */
export function datasizeOf(input: DatasizeInput): Datasize {
  const samplesForSteps = MIN_STEPS * input.batchSize * input.numAccelerators;
  const memoryBytes = input.numHosts * input.hostMemoryBytes;
  const samplesForMemory = Math.ceil(MIN_MEMORY_RATIO * memoryBytes / input.sampleBytes);
  const numFiles = Math.ceil(Math.max(samplesForSteps, samplesForMemory) / input.samplesPerFile);
  return {
    samplesForSteps,
    samplesForMemory,
    decidedBy: samplesForMemory > samplesForSteps ? "memory" : "steps",
    numFiles,
    numSamples: numFiles * input.samplesPerFile,
    numSubfolders: numFiles > FILES_PER_FOLDER ? Math.ceil(numFiles / FILES_PER_FOLDER) : 0,
  };
}
