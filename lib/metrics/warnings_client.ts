// Doubts whether the client could keep up: then a result tells of the client, not of storage.
import { formatCount } from "../base/units.ts";
import { limitOf } from "./verdict_limit.ts";
import { percent } from "./warnings_text.ts";
import type { Warning, WarningInput } from "./warnings_input.ts";

const MAX_STEAL_PERCENT = 5, MAX_THROTTLED_PERCENT = 1, MAX_RUN_DELAY_PERCENT = 10, MAX_OTHERS_PERCENT = 25;

/** Yields the warnings about the client. */
export function* clientWarnings({ client, ceiling, rehearsalSeconds }: WarningInput): Generator<Warning> {
  if (rehearsalSeconds !== undefined) {
    yield {
      code: "short_rehearsal",
      message:
        `The readers rehearsed for ${rehearsalSeconds} s at most (MLPS_REHEARSAL_SECONDS): this run may ` +
        `have measured how programs begin, not storage`,
    };
  }
  if (ceiling?.client_bound) {
    yield {
      code: "client_bound",
      message: `The run reached ${percent(ceiling.share_percentage / 100)} of the ` +
        `${formatCount(ceiling.samples_per_second)} samples/s that this client can reach without storage ` +
        `(mlps ceiling, ${ceiling.measured_at}): it measured the client, not storage`,
    };
  }
  if (client === undefined) return;
  const { stealPercent = 0, throttledPercent = 0, runDelayPercent = 0, availableCores, readThreads } = client;
  if (stealPercent > MAX_STEAL_PERCENT) {
    yield {
      code: "cpu_steal",
      message: `The hypervisor took ${percent(stealPercent / 100)} of this host's CPU time for others: ` +
        `the client was slower than it looks`,
    };
  }
  if (throttledPercent > MAX_THROTTLED_PERCENT) {
    yield {
      code: "cpu_throttled",
      message: `A CPU quota (cgroup) stopped this process for ${percent(throttledPercent / 100)} of the ` +
        `time of its ${availableCores} cores: raise the quota`,
    };
  }
  // Readers that were ahead all the same, or preprocess by waiting, had time to wait for a core.
  const hasTime = ["none", "preprocessing"].includes(limitOf(client));
  if (runDelayPercent > MAX_RUN_DELAY_PERCENT && !hasTime) {
    const numReaders = client.numAccelerators * readThreads;
    const readers = `${numReaders} reader${numReaders === 1 ? "" : "s"}`;
    // Whoever lacks cores that it does not use itself lacks them for others; readers that wake at the same time do not.
    const usedPercent = client.usedCores / availableCores * 100;
    const othersPercent = (client.hostBusyPercent ?? 100) - usedPercent;
    const wayOut = usedPercent < 50 && othersPercent > MAX_OTHERS_PERCENT
      ? "something else kept the cores busy: stop it, or use another client"
      : "use more cores, or fewer reader.read_threads or accelerators";
    yield {
      code: "oversubscribed",
      message: `The readers waited for a free core for ${percent(runDelayPercent / 100)} of their working ` +
        `time (${readers}, ${client.usedCores.toFixed(2)} of ${availableCores} cores used): ${wayOut}`,
    };
  }
}
