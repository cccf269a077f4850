// Facts of a host and a folder with which everything is as it should be.
import type { DoctorFacts } from "../../lib/metrics/doctor_facts.ts";

const GIB = 2 ** 30;

export const GOOD_FACTS: DoctorFacts = {
  environment: {
    mlps_version: "1.0.0",
    kernel: "Linux 6.12.0 x64",
    virtualization: null,
    cpu: { model: "A Processor", count: 8, governor: "performance" },
    memory: { total_bytes: 16 * GIB, swap_bytes: 0 },
    filesystem: {
      type: "xfs",
      mount_point: "/mnt",
      source: "/dev/nvme0n1",
      mount_options: "rw,noatime,attr2",
      read_ahead_kib: 128,
    },
    block_device: {
      name: "nvme0n1",
      model: "A Disk",
      rotational: false,
      scheduler: "none",
      read_ahead_kib: 128,
      logical_block_bytes: 512,
      queue_depth: 1023,
      memory: null,
    },
    network_interfaces: [
      { name: "eth0", speed_bits_per_second: 100e9, mtu_bytes: 9000, driver: "mlx5_core" },
    ],
    cgroup: { cpu_quota_cores: null, memory_limit_bytes: null, cpuset: "0-7" },
    limits: { open_files: 65536 },
  },
  host: {
    available_memory_bytes: 12 * GIB,
    huge_pages: "madvise",
    open_files_hard_limit: 65536,
    locked_memory_limit_bytes: null,
    busy_percentage: 1,
    steal_percentage: 0,
    clock: { source: "tsc", resolution_ns: 1, step_ns: 20, call_ns: 37 },
    timer: { wait_ns: 1e6, late_p50_ns: 15e3, late_max_ns: 60e3 },
    io_uring_refusal: null,
    is_root: false,
    may_drop_caches: false,
    mpi_libraries: ["/usr/lib64/libmpi.so.40.30.4"],
    mpi_launchers: ["/usr/bin/mpirun"],
  },
  folder: {
    path: "/mnt/dlrm",
    writable: true,
    free_bytes: 1000 * GIB,
    total_bytes: 2000 * GIB,
    free_inodes: null,
    probe: {
      file: "temporary",
      direct_refusal: null,
      direct_block_bytes: 512,
      page_cache_source: "cachestat",
      accounting: { source: "process", read_bytes: 2 ** 20, counted_bytes: 2 ** 20 },
    },
    read_test: {
      files: "existing",
      num_files: 64,
      file_bytes: 128 * GIB,
      direct: true,
      threads: 16,
      read_size_bytes: 2 ** 20,
      elapsed_seconds: 3,
      read_bytes: 18 * GIB,
      bytes_per_second: 6 * GIB,
      p50_ns: 2.5e6,
      p99_ns: 4e6,
      device_bytes: 18 * GIB,
      host_busy_percentage: 30,
    },
    read_test_refusal: null,
    read_test_error: null,
  },
};

/** Facts with other values in some places; what is null or a list is replaced whole. */
export type Changes<T> = {
  readonly [K in keyof T]?: T[K] extends readonly unknown[] ? T[K]
    : T[K] extends object | null ? Changes<T[K]> | T[K]
    : T[K];
};

/** Returns the good facts with some of them changed. */
export function factsWith(changes: Changes<DoctorFacts>): DoctorFacts {
  return merge(GOOD_FACTS, changes) as DoctorFacts;
}

function merge(value: unknown, changes: unknown): unknown {
  if (!isObject(value) || !isObject(changes)) return changes;
  const merged: Record<string, unknown> = { ...value };
  for (const [key, change] of Object.entries(changes)) merged[key] = merge(merged[key], change);
  return merged;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
