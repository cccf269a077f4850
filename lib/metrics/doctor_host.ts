// What of a host is as it should be for measurements that others are to believe.
import { formatBytes, formatInteger, formatNs, GIB, KIB, NS_PER_MS } from "../base/units.ts";
import { concern, type DoctorCheck, makeCheck } from "./doctor_check.ts";
import type { DoctorFacts, HostChecks } from "./doctor_facts.ts";

/** What an environment says of a virtual machine whose firmware has no name. */
const UNNAMED_MACHINE = "virtual machine";
/** Since then the kernel lets processes ask what of a file is cached or dirty (cachestat). */
const NEW_KERNEL = [6, 5];
/** Since then io_uring's memory does not count as locked. */
const KERNEL_WITHOUT_LOCKING = [5, 12];
/** What other processes may take of the CPUs before they show in a result. */
const NOTABLE_BUSY_PERCENT = 10, NOTABLE_STEAL_PERCENT = 2;
const FEW_MEMORY_BYTES = 2 * GIB;
/** A reader holds a few files open; an accelerator has up to some ten readers. */
const FEW_FILES = 4096, TOO_FEW_FILES = 256;
const FEW_LOCKED_BYTES = 64 * KIB;
/** A clock that is read in hardware through the kernel takes microseconds; one in the CPU some ten nanoseconds. */
const SLOW_CALL_NS = 1000, COARSE_STEP_NS = 1000;
/** DLRM's step on a B200 takes 0.375 ms. */
const LATE_NS = 0.3 * NS_PER_MS;

/** Returns the lines about the host. */
export function judgeHost(facts: DoctorFacts): DoctorCheck[] {
  return [
    kernelCheck(facts),
    cpuCheck(facts),
    loadCheck(facts.host),
    memoryCheck(facts),
    openFilesCheck(facts),
    lockedMemoryCheck(facts),
    clockCheck(facts.host),
    timerCheck(facts.host),
    uringCheck(facts.host),
    privilegesCheck(facts.host),
    mpiCheck(facts.host),
  ];
}

function kernelCheck({ environment: { kernel, virtualization } }: DoctorFacts): DoctorCheck {
  const machine = virtualization === null
    ? ""
    : virtualization === UNNAMED_MACHINE
    ? `, ${UNNAMED_MACHINE}`
    : `, virtual machine of ${virtualization}`;
  return makeCheck(["host", "kernel"], kernel + machine, [
    ...concern(
      !isKernelSince(kernel, NEW_KERNEL),
      "watch",
      "From Linux 6.5 on the kernel tells more of what is cached, and io_uring is at its best",
    ),
  ]);
}

function cpuCheck({ environment: { cpu, cgroup } }: DoctorFacts): DoctorCheck {
  const { cpu_quota_cores: quota, cpuset } = cgroup;
  const usable = cpuset === null ? cpu.count : countCpus(cpuset);
  const found = [
    `${plural(cpu.count, "core")}, ${cpu.model}`,
    ...(usable < cpu.count ? [`this process may use ${usable} of them`] : []),
    ...(quota === null ? [] : [`limited to ${quota.toFixed(2)} cores`]),
    ...(cpu.governor === null ? [] : [`governor ${cpu.governor}`]),
  ].join(", ");
  return makeCheck(["host", "cpu"], found, [
    ...concern(
      quota !== null && quota < usable,
      "watch",
      "The container's CPU quota stops readers in the middle of a step: raise it, or leave it away",
    ),
    ...concern(
      cpu.governor === "powersave" || cpu.governor === "conservative",
      "watch",
      "The CPU saves power: cpupower frequency-set -g performance",
    ),
  ]);
}

function loadCheck({ busy_percentage: busy, steal_percentage: steal }: HostChecks): DoctorCheck {
  if (busy === null) return makeCheck(["host", "load"], "the kernel does not tell how busy the CPUs are");
  const stolen = steal ?? 0, own = Math.max(0, busy - stolen);
  const found = `${own.toFixed(0)} % busy with other work` +
    (steal === null ? "" : `, ${stolen.toFixed(0)} % taken by other machines`);
  return makeCheck(["host", "load"], found, [
    ...concern(
      own > NOTABLE_BUSY_PERCENT,
      "watch",
      "Other processes take CPU from the readers: stop them before a measurement that counts",
    ),
    ...concern(
      stolen > NOTABLE_STEAL_PERCENT,
      "watch",
      "The hypervisor gives this machine's CPUs to others: ask for dedicated ones",
    ),
  ]);
}

function memoryCheck({ environment: { memory, cgroup }, host }: DoctorFacts): DoctorCheck {
  const { available_memory_bytes: available, huge_pages: hugePages } = host;
  const limit = cgroup.memory_limit_bytes;
  const found = [
    formatBytes(memory.total_bytes),
    ...(available === null ? [] : [`${formatBytes(available)} available`]),
    ...(limit === null ? [] : [`limited to ${formatBytes(limit)}`]),
    ...(memory.swap_bytes ? [`${formatBytes(memory.swap_bytes)} swap`] : []),
    ...(hugePages === null ? [] : [`huge pages ${hugePages}`]),
  ].join(", ");
  const usable = Math.min(available ?? Infinity, limit ?? Infinity);
  return makeCheck(["host", "memory"], found, [
    ...concern(
      usable < FEW_MEMORY_BYTES,
      "watch",
      "Readers keep whole row groups in memory, -n times read_threads of them: free some, or raise the limit",
    ),
  ]);
}

function openFilesCheck({ environment: { limits }, host }: DoctorFacts): DoctorCheck {
  const { open_files: soft } = limits, hard = host.open_files_hard_limit;
  const found = soft === null ? "unlimited" : formatInteger(soft) +
    (hard === soft ? "" : `, may be raised to ${hard === null ? "any number" : formatInteger(hard)}`);
  const remedy = "ulimit -n 65536, or LimitNOFILE= where systemd starts it";
  return makeCheck(["host", "open_files"], found, [
    ...concern(soft !== null && soft < TOO_FEW_FILES, "bad", `Too few for many readers: ${remedy}`),
    ...concern(
      soft !== null && soft >= TOO_FEW_FILES && soft < FEW_FILES,
      "watch",
      `Few for many accelerators: ${remedy}`,
    ),
  ]);
}

function lockedMemoryCheck({ environment: { kernel }, host }: DoctorFacts): DoctorCheck {
  const bytes = host.locked_memory_limit_bytes;
  const counts = !isKernelSince(kernel, KERNEL_WITHOUT_LOCKING);
  const found = bytes === null ? "unlimited" : formatBytes(bytes);
  return makeCheck(["host", "locked_memory"], `${found}${counts ? "" : ", and mlps locks none"}`, [
    ...concern(
      counts && bytes !== null && bytes <= FEW_LOCKED_BYTES,
      "watch",
      "Before Linux 5.12 the rings of io_uring count against it: ulimit -l unlimited",
    ),
  ]);
}

function clockCheck({ clock }: HostChecks): DoctorCheck {
  const found = `${clock.source ?? "of an unknown source"}, ${formatNs(clock.resolution_ns)} resolution, ` +
    `steps of ${formatNs(clock.step_ns)}, ${formatNs(clock.call_ns)} a call`;
  return makeCheck(["host", "clock"], found, [
    ...concern(
      clock.call_ns > SLOW_CALL_NS || clock.resolution_ns > COARSE_STEP_NS || clock.step_ns > COARSE_STEP_NS,
      "bad",
      "Each read is timed by it: boot with clocksource=tsc, or the one that the hypervisor offers",
    ),
  ]);
}

function timerCheck({ timer }: HostChecks): DoctorCheck {
  const found =
    `a wait of ${formatNs(timer.wait_ns)} ends ${formatNs(Math.max(0, timer.late_p50_ns))} late (p50), ` +
    `${formatNs(timer.late_max_ns)} at most`;
  return makeCheck(["host", "timer"], found, [
    ...concern(
      timer.late_p50_ns > LATE_NS,
      "watch",
      "Readers that wait for the prefetch window wake up late: raise reader.prefetch_size, or look for a power saving " +
        "mode or a hypervisor with coarse timers",
    ),
  ]);
}

function uringCheck({ io_uring_refusal: refusal }: HostChecks): DoctorCheck {
  const found = refusal === null ? "works" : `does not work: ${refusal}`;
  return makeCheck(["host", "io_uring"], found, [
    ...concern(refusal !== null, "watch", "One read at a time and thread: raise reader.read_threads instead"),
  ]);
}

function privilegesCheck(host: HostChecks): DoctorCheck {
  const user = host.is_root ? "root" : "not root, and mlps needs no root";
  const found = host.may_drop_caches
    ? `${user}: reader.page_cache may be drop or evict`
    : `${user}: reader.page_cache=evict works, drop does not`;
  return makeCheck(["host", "privileges"], found);
}

function mpiCheck({ mpi_libraries: libraries, mpi_launchers: launchers }: HostChecks): DoctorCheck {
  const all = [...libraries, ...launchers];
  return makeCheck(["host", "mpi"], all.length === 0 ? "none found; one host needs none" : all.join(", "));
}

/** Returns whether a kernel's name, as in "Linux 6.12.5 x64", is of this version or a later one. */
export function isKernelSince(kernel: string, [major, minor]: readonly number[]): boolean {
  const [, foundMajor, foundMinor] = kernel.match(/ (\d+)\.(\d+)/) ?? [];
  return Number(foundMajor) > major || (Number(foundMajor) === major && Number(foundMinor) >= minor);
}

/** Returns how many CPUs a list such as "0-3,8" names. */
export function countCpus(cpuset: string): number {
  return cpuset.split(",").reduce((sum, part) => {
    const [first, last = first] = part.split("-").map(Number);
    return sum + last - first + 1;
  }, 0);
}

function plural(count: number, noun: string): string {
  return `${formatInteger(count)} ${noun}${count === 1 ? "" : "s"}`;
}
