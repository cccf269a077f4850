// The environment of a run: what hardware, kernel and settings a result comes from, and what differs between two runs.
import { type Difference, differencesOf } from "./differences.ts";

type Known<T> = T | null;

/** As in the summary under `mlps.environment`; null is what the kernel does not tell, or what there is none of. */
export interface Environment {
  readonly mlps_version: string;
  readonly kernel: string;
  /** What the firmware says of the virtual machine; null on real hardware. */
  readonly virtualization: Known<string>;
  readonly cpu: {
    readonly model: string;
    readonly count: number;
    /** Of the first CPU. */
    readonly governor: Known<string>;
  };
  readonly memory: {
    readonly total_bytes: number;
    readonly swap_bytes: Known<number>;
  };
  /** Of the data folder. */
  readonly filesystem: Known<{
    readonly type: string;
    readonly mount_point: string;
    readonly source: string;
    readonly mount_options: string;
    readonly read_ahead_kib: Known<number>;
  }>;
  /** That the data folder lies on. */
  readonly block_device: Known<{
    readonly name: string;
    readonly model: Known<string>;
    readonly rotational: Known<boolean>;
    readonly scheduler: Known<string>;
    readonly read_ahead_kib: Known<number>;
    readonly logical_block_bytes: Known<number>;
    readonly queue_depth: Known<number>;
    /** Why memory may be what it delivers from (a RAM disk, a loop device), as part of a sentence; null where nothing says so. */
    readonly memory: Known<string>;
  }>;
  /** Those that are up, the loopback aside. */
  readonly network_interfaces: readonly {
    readonly name: string;
    readonly speed_bits_per_second: Known<number>;
    readonly mtu_bytes: Known<number>;
    readonly driver: Known<string>;
  }[];
  /** The tightest limits of the process's cgroups. */
  readonly cgroup: {
    readonly cpu_quota_cores: Known<number>;
    readonly memory_limit_bytes: Known<number>;
    /** The CPUs that the process may use, as in "0-3,8". */
    readonly cpuset: Known<string>;
  };
  readonly limits: {
    readonly open_files: Known<number>;
  };
}

/** Returns what differs, in the order of the keys of `before`, those that only `after` has last. */
export function environmentDifferences(before: Environment, after: Environment): Difference[] {
  return differencesOf(before, after);
}
