// Doubts about a run, derived from its figures: each with a stable code for scripts and a sentence for people.
import type { EpochRecord } from "./epoch_record.ts";
import { cacheWarnings } from "./warnings_cache.ts";
import { clientWarnings } from "./warnings_client.ts";
import type { EnvironmentChanges, Warning, WarningInput } from "./warnings_input.ts";
import { steadinessWarnings } from "./warnings_steadiness.ts";
import { percent, sumOf } from "./warnings_text.ts";

/** Returns what a reader of the result has to know before believing it. */
export function warningsOf(input: WarningInput): Warning[] {
  return [
    ...cacheWarnings(input),
    ...decodeWarnings(input.epochs),
    ...epochWarnings(input.epochs),
    ...clientWarnings(input),
    ...steadinessWarnings(input),
    ...environmentWarnings(input.environmentChanges),
  ];
}

function* decodeWarnings(epochs: readonly EpochRecord[]): Generator<Warning> {
  const fast = sumOf(epochs, ({ totals }) => totals.fastChunks);
  const fallback = sumOf(epochs, ({ totals }) => totals.fallbackChunks);
  if (fallback === 0) return;
  yield {
    code: "slow_decode",
    message: `${percent(fallback / (fast + fallback))} of the column chunks (${reasons(epochs)}) were ` +
      `decoded by the general reader, which is slow: decode, not storage, may limit this run`,
  };
}

function reasons(epochs: readonly EpochRecord[]): string {
  const nested = sumOf(epochs, ({ totals }) => totals.nestedChunks);
  const deltas = sumOf(epochs, ({ totals }) => totals.deltaChunks);
  return [...(nested > 0 ? ["lists in lists"] : []), ...(deltas > 0 ? ["values stored as deltas"] : [])]
    .join(", ");
}

/** An epoch that was cut short before a step counted is told as such, and is no reason to change the workload. */
function* epochWarnings(epochs: readonly EpochRecord[]): Generator<Warning> {
  const uncounted = epochs.filter(({ complete, accelerators }) =>
    complete && accelerators.some(({ totals }) => totals.countedSteps === 0)
  );
  if (uncounted.length > 0) {
    yield {
      code: "no_step_counted",
      message:
        `${uncounted.length} of ${epochs.length} epochs have no step that counts, so that their AU is 0: ` +
        `use a larger dataset, or lower output.metric.exclude_start_steps and exclude_end_steps`,
    };
  }
}

const MAX_NAMED_CHANGES = 4;

function* environmentWarnings(environment: EnvironmentChanges | undefined): Generator<Warning> {
  if (environment === undefined || environment.changes.length === 0) return;
  const { since, changes } = environment;
  const named = changes.slice(0, MAX_NAMED_CHANGES)
    .map(({ key, before, after }) => `${key} from ${before ?? "unknown"} to ${after ?? "unknown"}`);
  const others = changes.length - named.length;
  yield {
    code: "environment_changed",
    message: `Since the result in ${since} the environment changed: ${named.join(", ")}` +
      (others > 0 ? `, and ${others} more (mlps.environment_changes in summary.json)` : ""),
  };
}
