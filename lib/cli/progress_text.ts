// The progress line of everything but training (training_view.ts): what happens, how far it is, how fast, how long it will take.
import { formatBytes, formatBytesPerSecond, formatCount, formatNs, NS_PER_SECOND } from "../base/units.ts";
import type { DoctorProgress } from "../run/doctor.ts";
import type { CeilingProgress } from "../run/ceiling.ts";
import type { GenerationProgress } from "../run/generate.ts";
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

/** Returns the line of a ceiling's measurement. */
export function describeCeiling({ phase, round, numRounds, samplesPerSecond }: CeilingProgress): string {
  if (phase === "generating") return "ceiling  generating a small dataset";
  const rate = samplesPerSecond === undefined ? "" : `, ${formatCount(samplesPerSecond)} samples/s`;
  return `ceiling  ${phase === "synthetic" ? phase : "from memory"}, round ${round}/${numRounds}${rate}`;
}

/** Returns the line of an examination. */
export function describeDoctor({ phase, bytesPerSecond = 0 }: DoctorProgress): string {
  switch (phase) {
    case "host":
      return "looking at the host";
    case "folder":
      return "looking at the folder";
    case "writing":
      return "writing a temporary file to read";
    case "reading":
      return `reading  ${formatBytesPerSecond(bytesPerSecond)}`;
  }
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

function percentOf(done: number, wanted: number): string {
  return `${String(wanted > 0 ? Math.min(100, Math.floor(done / wanted * 100)) : 100).padStart(3)} %`;
}

/** Returns the end of a line; empty while nothing is known. */
function timeLeft(left: number, perSecond: number): string {
  if (perSecond <= 0) return "";
  return `, ${formatNs(Math.max(0, left) / perSecond * NS_PER_SECOND)} left`;
}
