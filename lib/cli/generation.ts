// Generates what is missing of a workload's dataset, with messages: for `datagen`, and for `run` where the workload
// says so.
import { FileError } from "../base/errors.ts";
import { formatBytes, formatBytesPerSecond, formatNs, NS_PER_SECOND } from "../base/units.ts";
import type { LoadedWorkload } from "../config/load.ts";
import { planGeneration } from "../dataset/generation_plan.ts";
import { specificationOf } from "../dataset/specification.ts";
import { generateDataset } from "../run/generate.ts";
import { type Context, dataFolderOf } from "./options.ts";
import type { Messages } from "./output.ts";
import { describeGeneration } from "./progress_text.ts";

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

/** Makes the dataset complete and returns what that took. @throws {PreflightError} {FileError} {InterruptedError} */
export async function generateMissing(
  { workload }: LoadedWorkload,
  options: GenerationOptions,
): Promise<GenerationReport> {
  const { context, messages, threads, beforeWriting } = options;
  const specification = specificationOf(workload);
  const plan = planGeneration(dataFolderOf(workload), specification);
  const report = { data_folder: plan.dataFolder, files_kept: plan.keptFiles };
  if (plan.state === "complete") {
    messages.say(
      `The dataset in ${plan.dataFolder} is complete (${countFiles(plan.keptFiles)}) and is used as it is`,
    );
    return { ...report, files_written: 0, bytes_written: 0, elapsed_seconds: 0 };
  }
  beforeWriting?.();
  const kept = plan.keptFiles > 0 ? `, keeping ${countFiles(plan.keptFiles)}` : "";
  messages.say(
    `Generating ${countFiles(plan.missing.length)} (${
      formatBytes(plan.missingBytes)
    }) in ${plan.dataFolder}${kept}`,
  );
  try {
    const { filesWritten, bytesWritten, elapsedNs } = await generateDataset({
      plan,
      specification,
      threads,
      version: context.version,
      signal: context.signal,
      onProgress: (progress) => messages.progress(() => describeGeneration(progress)),
    });
    const elapsedSeconds = elapsedNs / NS_PER_SECOND;
    messages.endProgress();
    messages.say(
      `Generated ${formatBytes(bytesWritten)} in ${formatNs(elapsedNs)}: ` +
        formatBytesPerSecond(bytesWritten / elapsedSeconds),
    );
    return {
      ...report,
      files_written: filesWritten,
      bytes_written: bytesWritten,
      elapsed_seconds: elapsedSeconds,
    };
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

function countFiles(count: number): string {
  return count === 1 ? "1 file" : `${count} files`;
}
