// The metrics of a run under DLIO's names and by DLIO's definitions.
import { MIB } from "../base/units.ts";
import { auOf, type EpochRecord, samplesPerSecondOf } from "./epoch_record.ts";
import { meanAndDeviation } from "./epoch_result.ts";
import type { SummaryInput } from "./summary_input.ts";

/**
 * Returns DLIO's metrics (utils/statscounter.py `end_run`): numpy's mean and population deviation over the complete
 * epochs.
 */
export function metricsOf<P extends "train" | "eval">(
  prefix: P,
  epochs: readonly EpochRecord[],
  { sampleBytes, requiredAuPercent }: Pick<SummaryInput, "sampleBytes" | "requiredAuPercent">,
) {
  const complete = epochs.filter((epoch) => epoch.complete);
  const au = complete.map(auOf), throughput = complete.map(samplesPerSecondOf);
  const auStatistics = meanAndDeviation(au), throughputStatistics = meanAndDeviation(throughput);
  // MiB from the nominal size of a sample: DLIO's figure under DLIO's name. What storage did is under `mlps`.
  const io = meanAndDeviation(throughput.map((rate) => rate * sampleBytes / MIB));
  const figures = {
    au_percentage: au,
    au_mean_percentage: auStatistics.mean,
    au_meet_expectation: complete.length > 0 && auStatistics.mean >= requiredAuPercent ? "success" : "fail",
    au_stdev_percentage: auStatistics.deviation,
    throughput_samples_per_second: throughput,
    throughput_mean_samples_per_second: throughputStatistics.mean,
    throughput_stdev_samples_per_second: throughputStatistics.deviation,
    io_mean_MB_per_second: io.mean,
    io_stdev_MB_per_second: io.deviation,
  };
  const named = Object.entries(figures).map(([name, figure]) => [`${prefix}_${name}`, figure]);
  return Object.fromEntries(named) as { [K in keyof typeof figures as `${P}_${K}`]: typeof figures[K] };
}
