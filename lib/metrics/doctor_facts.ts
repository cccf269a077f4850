// What `mlps doctor` finds out about a host and a folder, before anything is made of it. Keys as they are printed.
import type { Environment } from "./environment.ts";
import type { DeviceSource } from "./epoch_record.ts";

type Known<T> = T | null;

/** Null is what the kernel does not tell, or what there is none of. */
export interface DoctorFacts {
  readonly environment: Environment;
  readonly host: HostChecks;
  readonly folder: FolderChecks;
}

/** What holds for the whole host, and for this process on it. */
export interface HostChecks {
  readonly available_memory_bytes: Known<number>;
  /** Of the setting of transparent huge pages, the word in use. */
  readonly huge_pages: Known<string>;
  readonly open_files_hard_limit: Known<number>;
  /** Null where there is no limit. */
  readonly locked_memory_limit_bytes: Known<number>;
  /** Of all CPUs, while mlps itself did nothing. */
  readonly busy_percentage: Known<number>;
  /** Of all CPUs, given to other machines on the same hardware, while mlps wanted or did not want to run. */
  readonly steal_percentage: Known<number>;
  readonly clock: {
    readonly source: Known<string>;
    /** As the kernel states it. */
    readonly resolution_ns: number;
    /** The smallest step between two different readings. */
    readonly step_ns: number;
    readonly call_ns: number;
  };
  /** How late timed waits of a thread end. */
  readonly timer: {
    readonly wait_ns: number;
    readonly late_p50_ns: number;
    readonly late_max_ns: number;
  };
  /** Why io_uring cannot be used; null where it can. */
  readonly io_uring_refusal: Known<string>;
  readonly is_root: boolean;
  readonly may_drop_caches: boolean;
  /** Paths of shared libraries. */
  readonly mpi_libraries: readonly string[];
  /** Paths of the programs that start MPI jobs. */
  readonly mpi_launchers: readonly string[];
}

/** What holds for the folder that was asked about. */
export interface FolderChecks {
  readonly path: string;
  /** Whether this user may make files there. */
  readonly writable: boolean;
  readonly free_bytes: Known<number>;
  readonly total_bytes: Known<number>;
  /** Null where the filesystem makes inodes as they are needed. */
  readonly free_inodes: Known<number>;
  /** Null where there is no file to try with, and none could be made. */
  readonly probe: Known<FolderProbe>;
  /** Null where it was not asked for, or could not be. */
  readonly read_test: Known<ReadTest>;
  /** Why there was nothing to read. */
  readonly read_test_refusal: Known<string>;
  /** Why reading failed. */
  readonly read_test_error: Known<string>;
}

/** What one small file of the folder showed. */
export interface FolderProbe {
  /** The file was made for it and removed again, or it lay there. */
  readonly file: "temporary" | "existing";
  /** Why direct I/O does not work; null where it does. */
  readonly direct_refusal: Known<string>;
  /** What offsets and lengths of direct I/O must be multiples of. */
  readonly direct_block_bytes: number;
  /** Who tells what of a file lies in memory. */
  readonly page_cache_source: Known<"cachestat" | "mincore">;
  readonly accounting: {
    readonly source: DeviceSource;
    /** Read of the file, after it was dropped from the page cache. */
    readonly read_bytes: number;
    /** What the counters of the device or server rose by meanwhile. */
    readonly counted_bytes: Known<number>;
  };
}

/** Large reads, many at a time, for some seconds. */
export interface ReadTest {
  /** The files lay there, or were made for it and removed again. */
  readonly files: "existing" | "temporary";
  readonly num_files: number;
  readonly file_bytes: number;
  /** Direct I/O, or through a page cache that the files were dropped from before. */
  readonly direct: boolean;
  readonly threads: number;
  readonly read_size_bytes: number;
  readonly elapsed_seconds: number;
  readonly read_bytes: number;
  readonly bytes_per_second: number;
  readonly p50_ns: number;
  readonly p99_ns: number;
  /** What the device or server delivered meanwhile; null where nobody counts. */
  readonly device_bytes: Known<number>;
  /** Of all CPUs, this process included. */
  readonly host_busy_percentage: Known<number>;
}
