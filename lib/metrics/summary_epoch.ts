// One epoch as the summary tells it: keys as they are written, units in their names, null for what is not known.
import { NS_PER_SECOND, NS_PER_US } from "../base/units.ts";
import { auOf, bytesPerSecond, type EpochRecord, samplesPerSecondOf } from "./epoch_record.ts";
import type { AcceleratorResult } from "./epoch_result.ts";
import { summarizeHistogram } from "./histogram.ts";
import type { CounterTotals } from "./read_counters.ts";
import { epochSteadinessOf } from "./steadiness.ts";

/** Returns an epoch for the summary. */
export function describeEpoch(record: EpochRecord) {
  const { totals, cacheBefore, cacheAfter, deviceBytes } = record;
  return {
    epoch: record.epoch,
    complete: record.complete,
    started_at: record.startedAt,
    duration_seconds: record.durationNs / NS_PER_SECOND,
    steps: record.steps,
    au_percentage: auOf(record),
    samples_per_second: samplesPerSecondOf(record),
    accelerators: record.accelerators.map(describeAccelerator),
    bytes: {
      useful: totals.usefulBytes,
      requested: totals.requestedBytes,
      returned: totals.returnedBytes,
      device: deviceBytes ?? null,
      footers: totals.footerBytes,
      values: totals.valueBytes,
    },
    useful_bytes_per_second: bytesPerSecond(record, totals.usefulBytes),
    requested_bytes_per_second: bytesPerSecond(record, totals.requestedBytes),
    device_bytes_per_second: deviceBytes === undefined ? null : bytesPerSecond(record, deviceBytes),
    device: describeDevice(record),
    network_interfaces: describeInterfaces(record),
    reads: totals.reads,
    read_times: describeReadTimes(record),
    extents: totals.extents,
    samples: totals.samples,
    cache: {
      dataset_bytes: cacheBefore.fileBytes,
      cached_bytes_before: cacheBefore.cachedBytes ?? null,
      cached_bytes_after: cacheAfter.cachedBytes ?? null,
      dirty_bytes_before: cacheBefore.dirtyBytes ?? null,
      files: cacheBefore.numFiles,
      asked_files: cacheBefore.askedFiles,
    },
    readers: {
      ...describeReaderTimes(totals, record.durationNs * record.readers.length),
      footers: totals.footers,
      each: record.readers.map((reader) => ({
        ...describeReaderTimes(reader, record.durationNs),
        done_seconds: reader.doneNs > 0 ? reader.doneNs / NS_PER_SECOND : null,
      })),
    },
    decode: {
      fast_chunks: totals.fastChunks,
      fallback_chunks: totals.fallbackChunks,
      fallbacks: { nested: totals.nestedChunks, delta: totals.deltaChunks },
      pages: totals.pages,
    },
    cpu: describeCpu(record),
    steadiness: describeSteadiness(record),
  };
}

/** Returns null where single reads were not measured. */
function describeReadTimes({ histograms }: EpochRecord) {
  const { count, p50_ns, p99_ns, p99_9_ns, max_ns } = summarizeHistogram(histograms.read);
  return count === 0 ? null : { p50_ns, p99_ns, p99_9_ns, max_ns };
}

function describeAccelerator(accelerator: AcceleratorResult) {
  const { totals } = accelerator;
  const { count, mean_ns, max_ns, p50_ns, p99_ns } = summarizeHistogram(totals.stalls);
  return {
    au_percentage: accelerator.auPercent,
    samples_per_second: accelerator.samplesPerSecond,
    steps: totals.steps,
    counted_steps: totals.countedSteps,
    measured_seconds: totals.measuredNs / NS_PER_SECOND,
    storage_wait_percentage: accelerator.storageWaitPercent,
    decode_wait_percentage: accelerator.decodeWaitPercent,
    preprocess_wait_percentage: accelerator.preprocessWaitPercent,
    window_wait_percentage: accelerator.windowWaitPercent,
    barrier_wait_percentage: accelerator.barrierWaitPercent,
    stalls: {
      count,
      total_seconds: mean_ns * count / NS_PER_SECOND,
      longest_seconds: max_ns / NS_PER_SECOND,
      p50_us: p50_ns / NS_PER_US,
      p99_us: p99_ns / NS_PER_US,
    },
  };
}

/** Returns where the time of readers went; `totalNs` is all there was. */
function describeReaderTimes(totals: CounterTotals, totalNs: number) {
  const { readNs, decodeNs, footerNs, preprocessNs, windowWaitNs, turnWaitNs, pausedNs } = totals;
  const knownNs = readNs + decodeNs + footerNs + preprocessNs + windowWaitNs + turnWaitNs + pausedNs;
  const threadSeconds = (ns: number) => totals.hasThreadTimes > 0 ? ns / NS_PER_SECOND : null;
  return {
    read_seconds: readNs / NS_PER_SECOND,
    decode_seconds: decodeNs / NS_PER_SECOND,
    footer_seconds: footerNs / NS_PER_SECOND,
    preprocess_seconds: preprocessNs / NS_PER_SECOND,
    window_wait_seconds: windowWaitNs / NS_PER_SECOND,
    turn_wait_seconds: turnWaitNs / NS_PER_SECOND,
    paused_seconds: pausedNs / NS_PER_SECOND,
    idle_seconds: Math.max(0, totalNs - knownNs) / NS_PER_SECOND,
    cpu_seconds: threadSeconds(totals.cpuNs),
    run_delay_seconds: threadSeconds(totals.runDelayNs),
  };
}

function describeCpu({ host, durationNs }: EpochRecord) {
  const durationSeconds = durationNs / NS_PER_SECOND;
  const ofHost = (ticks: number | undefined) =>
    ticks === undefined || !host.hostTicks ? null : ticks / host.hostTicks * 100;
  return {
    user_seconds: host.userSeconds,
    system_seconds: host.systemSeconds,
    cores_used: durationSeconds > 0 ? (host.userSeconds + host.systemSeconds) / durationSeconds : 0,
    host_busy_percentage: ofHost(host.hostBusyTicks),
    host_steal_percentage: ofHost(host.stealTicks),
    host_iowait_percentage: ofHost(host.ioWaitTicks),
    throttled_seconds: host.throttledNs === undefined ? null : host.throttledNs / NS_PER_SECOND,
  };
}

function describeDevice({ host: { blockDevice, nfs, monotonicNs }, deviceSource }: EpochRecord) {
  return {
    source: deviceSource,
    block_device: blockDevice === undefined ? null : {
      name: blockDevice.name,
      read_bytes: blockDevice.readBytes,
      written_bytes: blockDevice.writtenBytes,
      busy_percentage: monotonicNs > 0 ? Math.min(100, blockDevice.busyNs / monotonicNs * 100) : 0,
    },
    nfs_server_read_bytes: nfs?.serverReadBytes ?? null,
  };
}

function describeInterfaces(record: EpochRecord) {
  return record.host.interfaces.map(({ name, receivedBytes, linkBytesPerSecond }) => {
    const rate = bytesPerSecond(record, receivedBytes);
    return {
      name,
      received_bytes: receivedBytes,
      received_bytes_per_second: rate,
      link_bytes_per_second: linkBytesPerSecond ?? null,
      link_percentage: linkBytesPerSecond ? rate / linkBytesPerSecond * 100 : null,
    };
  });
}

function describeSteadiness(record: EpochRecord) {
  const steadiness = epochSteadinessOf(record);
  const seconds = (ns: number | undefined) => ns === undefined ? null : ns / NS_PER_SECOND;
  return {
    whole_seconds: steadiness.wholeSeconds,
    variation_percentage: steadiness.variationPercent ?? null,
    first_reader_done_seconds: seconds(steadiness.firstReaderDoneNs),
    last_reader_done_seconds: seconds(steadiness.lastReaderDoneNs),
    tail_percentage: steadiness.tailPercent ?? null,
    clock_step_seconds: seconds(steadiness.clockStepNs),
    suspended_seconds: seconds(steadiness.suspendedNs),
  };
}
