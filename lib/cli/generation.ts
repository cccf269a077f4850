// Generates what is missing of a workload's dataset, with messages: for `datagen`, and for `run` where the workload
// says so.
import { FileError } from "../base/errors.ts";
import { formatBytes, formatBytesPerSecond, formatInteger, formatNs, NS_PER_SECOND } from "../base/units.ts";
import { directOffSetting } from "../config/direct.ts";
import type { LoadedWorkload } from "../config/load.ts";
import { type GenerationPlan, planGeneration } from "../dataset/generation_plan.ts";
import { columnsToRead, specificationOf } from "../dataset/specification.ts";
import { isSynthetic } from "../dataset/synthetic.ts";
import { probeDirectFolder } from "../storage/direct_probe.ts";
import { generateDataset, type GenerationResult } from "../run/generate.ts";
import { type Context, dataFolderOf } from "./options.ts";
import type { Messages } from "./output.ts";
import { describeChecking, describeGeneration } from "./progress_text.ts";

/** What a generation left behind, keys as they are printed. */
export interface GenerationReport {
  readonly data_folder: string;
  readonly files_written: number;
  readonly files_kept: number;
  readonly bytes_written: number;
  readonly elapsed_seconds: number;
}

export interface GenerationOptions {
  readonly context: Context;
  readonly messages: Messages;
  readonly threads?: number;
  /** Called before the first write, to check what else has to be right; what it throws refuses the generation. */
  readonly beforeWriting?: () => void;
}

const NOTHING_WRITTEN: GenerationResult = { filesWritten: 0, filesKept: 0, bytesWritten: 0, elapsedNs: 0 };

/** Makes the dataset complete and returns what that took. @throws {PreflightError} {FileError} {InterruptedError} */
export async function generateMissing(
  { workload }: LoadedWorkload,
  options: GenerationOptions,
): Promise<GenerationReport> {
  const { context, messages, threads, beforeWriting } = options;
  const dataFolder = dataFolderOf(workload), specification = specificationOf(workload);
  if (isSynthetic(workload)) {
    messages.say("There is nothing to generate: dataset.format is synthetic, which has no files");
    return reportOf(dataFolder, NOTHING_WRITTEN);
  }
  const makePlan = () =>
    planGeneration(dataFolder, specification, {
      columnsToRead: columnsToRead(workload),
      evaluates: workload.workflow.evaluation,
      signal: context.signal,
      onProgress: (done, wanted) => messages.progress(() => describeChecking(done, wanted)),
    }).finally(() => messages.endProgress());
  const plan = await makePlan();
  if (plan.state === "complete") {
    messages.say(describePlan(plan));
    return reportOf(dataFolder, { ...NOTHING_WRITTEN, filesKept: plan.keptFiles });
  }
  beforeWriting?.();
  if (workload.dataset.odirect) {
    probeDirectFolder(dataFolder, { action: "write", wayOut: directOffSetting(workload, "dataset") });
  }
  try {
    const result = await generateDataset({
      dataFolder,
      makePlan,
      onPlan: (locked) => messages.say(describePlan(locked)),
      specification,
      direct: workload.dataset.odirect,
      threads,
      version: context.version,
      signal: context.signal,
      onProgress: (progress) => messages.progress(() => describeGeneration(progress)),
    });
    messages.endProgress();
    if (result.filesWritten > 0) messages.say(describeResult(result));
    return reportOf(dataFolder, result);
  } catch (cause) {
    if (!(cause instanceof FileError)) throw cause;
    throw new FileError(
      `${cause.message}. Complete files are kept: once the cause is mended, the same command generates the rest`,
      { cause },
    );
  } finally {
    messages.endProgress();
  }
}

function describePlan({ state, dataFolder, missing, missingBytes, keptFiles }: GenerationPlan): string {
  if (state === "complete") {
    return `The dataset in ${dataFolder} is complete (${countFiles(keptFiles)}) and is used as it is`;
  }
  const kept = keptFiles > 0 ? `, keeping ${countFiles(keptFiles)}` : "";
  return `Generating ${countFiles(missing.length)} (${formatBytes(missingBytes)}) in ${dataFolder}${kept}`;
}

function describeResult({ bytesWritten, elapsedNs }: GenerationResult): string {
  const bytesPerSecond = bytesWritten / (elapsedNs / NS_PER_SECOND);
  return `Generated ${formatBytes(bytesWritten)} in ${formatNs(elapsedNs)}: ${
    formatBytesPerSecond(bytesPerSecond)
  }`;
}

function reportOf(dataFolder: string, result: GenerationResult): GenerationReport {
  return {
    data_folder: dataFolder,
    files_written: result.filesWritten,
    files_kept: result.filesKept,
    bytes_written: result.bytesWritten,
    elapsed_seconds: result.elapsedNs / NS_PER_SECOND,
  };
}

function countFiles(count: number): string {
  return count === 1 ? "1 file" : `${formatInteger(count)} files`;
}
