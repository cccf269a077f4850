// What comes before training, in every command that trains: refuses what cannot work before anything is written,
// generates the dataset where the workload says so, and opens it.
import { directOffSetting } from "../config/direct.ts";
import type { LoadedWorkload } from "../config/load.ts";
import type { Dataset } from "../dataset/dataset.ts";
import { type DatasetPart, filePath } from "../dataset/file_names.ts";
import { openDataset } from "../dataset/open_dataset.ts";
import { isSynthetic } from "../dataset/synthetic.ts";
import { demandOf } from "../plan/demand.ts";
import { evaluationOf } from "../plan/evaluation.ts";
import { checkResultsDir } from "../report/result_folder.ts";
import { chooseIoEngine, refusalText } from "../run/io_engine.ts";
import { probeDirectFolder, probeDirectRead } from "../storage/direct_probe.ts";
import { checkMayDropCaches } from "../storage/page_cache.ts";
import { generateMissing } from "./generation.ts";
import { type Context, dataFolderOf } from "./options.ts";
import type { Messages } from "./output.ts";
import { describeChecking } from "./progress_text.ts";
import { rehearsalSecondsOf } from "./rehearsal_setting.ts";

/** What is to be trained. */
export interface TrainingRequest {
  readonly loaded: LoadedWorkload;
  readonly flags: {
    readonly numAccelerators: number;
    readonly resultsDir: string;
    /** The command that generates the dataset. */
    readonly generateCommand: string;
  };
  readonly context: Context;
  readonly messages: Messages;
}

/** What can be trained. */
export interface PreparedTraining {
  readonly dataset: Dataset;
  /** Absent where the workload does not evaluate. */
  readonly evaluationDataset: Dataset | undefined;
}

/**
 * Makes sure that a workload can be trained, and returns what is read.
 *
 * @throws {UsageError} {PreflightError} Before anything is written, as far as it can be told by then.
 * @throws {FileError} {InterruptedError} What ended the generation.
 */
export async function prepareTraining(request: TrainingRequest): Promise<PreparedTraining> {
  const { loaded: { name, workload }, flags, context } = request;
  demandOf(workload, flags.numAccelerators);
  evaluationOf(workload, flags.numAccelerators);
  if (workload.reader.page_cache === "drop" && !isSynthetic(workload)) checkMayDropCaches();
  const { refusal } = chooseIoEngine(workload);
  rehearsalSecondsOf(process.env); // each run asks for it; what is wrong is to be told before anything is written
  // Before hours of generation; and where nothing is generated, not before all else is known to be right.
  const checkResults = () => checkResultsDir(flags.resultsDir, name);
  if (workload.workflow.generate_data) {
    const beforeWriting = () => {
      checkResults();
      if (!workload.reader.odirect) return;
      const wayOut = directOffSetting(workload, "reader");
      probeDirectFolder(dataFolderOf(workload), { action: "read", wayOut });
    };
    await generateMissing(request.loaded, { ...request, beforeWriting });
  }
  const dataset = await openChecked(request, "train");
  const evaluationDataset = workload.workflow.evaluation ? await openChecked(request, "valid") : undefined;
  checkResults();
  if (context.signal.aborted) throw context.signal.reason;
  if (refusal !== undefined) request.messages.say(`Warning: ${refusalText(refusal)}`);
  return { dataset, evaluationDataset };
}

/** Opens a part of the dataset, and makes sure that it can be read as the workload says. @throws {PreflightError} */
export async function openChecked(
  { loaded: { workload }, flags, context, messages }: TrainingRequest,
  part: DatasetPart,
): Promise<Dataset> {
  const dataset = await openDataset(workload, dataFolderOf(workload), {
    part,
    generateCommand: flags.generateCommand,
    signal: context.signal,
    onProgress: (done, wanted) => messages.progress(() => describeChecking(done, wanted)),
  }).finally(() => messages.endProgress());
  if (workload.reader.odirect && dataset.origin !== "synthetic") {
    probeDirectRead(filePath(dataset.names, 0), directOffSetting(workload, "reader"));
  }
  return dataset;
}
