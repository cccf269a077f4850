// All that a summary is made from.
import type { Environment } from "./environment.ts";
import type { EpochRecord } from "./epoch_record.ts";
import type { IoEngineInput } from "./io_engine.ts";

export type RunStatus = "complete" | "partial" | "failed";

/** The host as it describes itself. */
export interface HostFacts {
  readonly hostname: string;
  readonly processorName: string;
  readonly cpuCount: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly memoryInfo: Readonly<Record<string, string>>;
}

export interface SummaryInput {
  readonly version: string;
  readonly status: RunStatus;
  /** Why the run is not complete. */
  readonly error?: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly commandLine: readonly string[];
  readonly host: HostFacts;
  /** That this process may use: its CPU affinity and CPU quota. */
  readonly availableCores: number;
  readonly environment: Environment;
  /** The result to compare the environment with; absent where there is none. */
  readonly previous?: PreviousResult;
  readonly workload: {
    readonly name: string;
    readonly source: string;
    readonly configuration: unknown;
    readonly configurationHash: string;
  };
  readonly dataset: {
    readonly id: string;
    /** "synthetic" where nothing is read. */
    readonly origin: string;
    readonly folder: string;
    readonly numFiles: number;
    readonly samplesPerFile: number;
    readonly totalBytes: number;
    readonly warnings: readonly string[];
  };
  readonly numAccelerators: number;
  readonly numEpochs: number;
  /** The evaluation files that the workload names, read or not. */
  readonly numFilesEval: number;
  readonly stepsPerEpoch: number;
  readonly batchSize: number;
  /** Bytes of a sample as DLIO counts them. */
  readonly sampleBytes: number;
  /** What one accelerator that never waits consumes; absent when a step takes no time. */
  readonly demandSamplesPerSecond?: number;
  readonly requiredAuPercent: number;
  readonly decode: string;
  readonly pageCache: string;
  readonly direct: boolean;
  readonly ioEngine: IoEngineInput;
  readonly readThreads: number;
  readonly windowBatches: number;
  /** Whether single reads were not measured. */
  readonly bare: boolean;
  /** What the readers' rehearsal was cut to; absent where it took as long as it had to. */
  readonly rehearsalSeconds?: number;
  /** What this client can reach without storage; absent where nobody measured it. */
  readonly ceiling?: { readonly samplesPerSecond: number; readonly measuredAt: string };
  readonly epochs: readonly EpochRecord[];
  /** Absent where the workload does not evaluate. */
  readonly evaluation?: EvaluationInput;
}

/** An earlier run of the same workload. */
export interface PreviousResult {
  readonly folder: string;
  readonly environment: Environment;
}

/** What the evaluations of a run are, and what became of them. */
export interface EvaluationInput {
  readonly numFiles: number;
  readonly totalBytes: number;
  readonly warnings: readonly string[];
  readonly steps: number;
  readonly batchSize: number;
  /** How many a run that completes has. */
  readonly numEvaluations: number;
  readonly demandSamplesPerSecond?: number;
  /** The number of each is that of the epoch that it followed. */
  readonly epochs: readonly EpochRecord[];
}
