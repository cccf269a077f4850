// The progress line: what happens, how far it is, how fast, how long it will take.
import { formatBytes, formatBytesPerSecond, formatCount, formatNs, NS_PER_SECOND } from "../base/units.ts";
import type { GenerationProgress } from "../run/generate.ts";
import type { TrainProgress } from "../run/train.ts";
import type { ValidationProgress } from "../run/validate.ts";

/** Returns the line of a dataset's check, before a generation or a run. */
export function describeChecking(doneFiles: number, numFiles: number): string {
  return `checking the dataset: ${doneFiles}/${numFiles} files`;
}

/** Returns the line of a generation. */
export function describeGeneration(progress: GenerationProgress): string {
  const { bytesWritten, bytesWanted, filesDone, filesWanted, elapsedNs } = progress;
  const bytesPerSecond = bytesWritten / (elapsedNs / NS_PER_SECOND);
  return `generating  ${percentOf(bytesWritten, bytesWanted)}  ${filesDone}/${filesWanted} files, ` +
    `${formatBytes(bytesWritten)}, ${formatBytesPerSecond(bytesPerSecond)}` +
    timeLeft(bytesWanted - bytesWritten, bytesPerSecond);
}

/** Returns the line of a validation. */
export function describeValidation(progress: ValidationProgress): string {
  if (progress.phase === "dropping") {
    const { droppedFiles, numFiles } = progress;
    return `dropping the dataset from the page cache  ${droppedFiles}/${numFiles} files`;
  }
  const { checkedFiles, numFiles, readBytes, wantedBytes, elapsedNs } = progress;
  if (wantedBytes === 0) {
    return `validating  ${percentOf(checkedFiles, numFiles)}  ${checkedFiles}/${numFiles} files`;
  }
  const bytesPerSecond = readBytes / (elapsedNs / NS_PER_SECOND);
  return `validating  ${percentOf(readBytes, wantedBytes)}  ${checkedFiles}/${numFiles} files, ` +
    `${formatBytes(readBytes)}, ${formatBytesPerSecond(bytesPerSecond)}` +
    timeLeft(wantedBytes - readBytes, bytesPerSecond);
}

/** Returns the line of a training run of `epochs` epochs. Time left is that of the epochs, or of the evaluation. */
export function describeTraining(
  { phase, epoch, steps, samplesPerStep, glance }: TrainProgress,
  epochs: number,
): string {
  const isEvaluation = phase === "evaluation";
  const head = `epoch ${epoch}/${epochs}${isEvaluation ? ", evaluation" : ""}`;
  if (phase === "preparing") return `${head}  starting the readers`;
  if (phase === "evicting") return `${head}  dropping the dataset from the page cache`;
  const { stepsDone, elapsedNs, totals } = glance!;
  const seconds = elapsedNs / NS_PER_SECOND;
  const stepsPerSecond = stepsDone / seconds;
  const stepsLeft = steps - stepsDone + (isEvaluation ? 0 : epochs - epoch) * steps;
  return `${head}  ${percentOf(stepsDone, steps)}  step ${stepsDone}/${steps}, ` +
    `${formatCount(stepsPerSecond * samplesPerStep)} samples/s, ` +
    formatBytesPerSecond(totals.usefulBytes / seconds) + timeLeft(stepsLeft, stepsPerSecond);
}

function percentOf(done: number, wanted: number): string {
  return `${String(wanted > 0 ? Math.min(100, Math.floor(done / wanted * 100)) : 100).padStart(3)} %`;
}

/** Returns the end of a line; empty while nothing is known. */
function timeLeft(left: number, perSecond: number): string {
  return perSecond > 0 ? `, ${formatNs(Math.max(0, left) / perSecond * NS_PER_SECOND)} left` : "";
}
