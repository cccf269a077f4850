// A made-up ceiling for tests: round numbers.
import type { Ceiling, PageCacheRate } from "../../lib/metrics/ceiling.ts";

export const PAGE_CACHE_RATE: PageCacheRate = {
  samples_per_second: 50e6,
  rounds_samples_per_second: [49e6, 50e6, 51e6],
  spread_percentage: 4,
  cores_used: 2,
  samples_per_second_per_core: 25e6,
  others_cpu_percentage: 1,
  useful_bytes_per_second: 2 ** 33,
  files: 1,
  row_groups_per_file: 64,
  dataset_bytes: 2 ** 29,
  filesystem: "tmpfs (/dev/shm)",
  cached_percentage: 100,
  time: { hand_over_percentage: 2, read_percentage: 70, decode_percentage: 28 },
};

/** Returns a ceiling of 50 M samples/s with `changes` applied. */
export function ceilingWith(changes: Partial<Ceiling> = {}): Ceiling {
  return {
    schema_version: 1,
    measured_at: "2026-07-04T05:01:05.000Z",
    workload: "small",
    key: "c0ffee",
    host: {
      hostname: "host-1",
      processor_name: "A Processor",
      cpu_count: 2,
      available_cores: 2,
      kernel: "Linux",
      mlps_version: "1.2.3",
    },
    decode: "values",
    read_threads: 4,
    window_batches: 16,
    samples_per_second: 50e6,
    synthetic: { ...PAGE_CACHE_RATE, samples_per_second: 2.5e9 },
    page_cache: PAGE_CACHE_RATE,
    page_cache_missing: null,
    demand_samples_per_second: 20e6,
    required_au_percentage: 70,
    accelerators: 2.5,
    accelerators_at_required_au: 3,
    ...changes,
  };
}
