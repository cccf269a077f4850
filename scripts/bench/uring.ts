// One thread with a deep queue, around the page cache: UringStorage against fio's io_uring at the same depth, and against
// one pread after another, with the same reads of the same file in turn: bytes per second and CPU time per read.
import fs from "node:fs";
import { ReadRanges } from "../../lib/plan/read_ranges.ts";
import { alignedBuffer } from "../../lib/storage/aligned_buffer.ts";
import { DIRECT_BLOCK_BYTES, PosixStorage } from "../../lib/storage/posix.ts";
import { probeUring } from "../../lib/storage/uring_probe.ts";
import { UringStorage } from "../../lib/storage/uring_storage.ts";
import { parquetPaths, rangesOf } from "./fio_ranges.ts";
import { median, printRow, runProgram, spread } from "./tools.ts";

const DEPTH = 40;
/** How many groups are under way: one that is waited for, one that follows. */
const NUM_GROUPS = 2;
const RANDOM_READ_BYTES = 24 * 1024, RANDOM_READS = 40_000;

/** The reads of one group after another. */
type Groups = readonly (readonly (readonly [offset: number, bytes: number])[])[];

/** What reading all groups took. */
interface Pass {
  readonly bytesPerSecond: number;
  readonly cpuUsPerRead: number;
}

/** Compares on the first file of a DLRM dataset, `rounds` times. */
export function benchUring(dataDir: string, rounds: number): void {
  const refusal = probeUring();
  if (refusal !== undefined) {
    printRow({ what: "io_uring", measured: `skipped: ${refusal}`, target: "" });
    return;
  }
  const [path] = parquetPaths(dataDir);
  const fioRandom = [`--filename=${path}`, "--rw=randread", `--bs=${RANDOM_READ_BYTES}`, "--norandommap"];
  compare("24 KiB, random", path, randomGroups(path), {
    fioJob: [
      ...fioRandom,
      `--blockalign=${DIRECT_BLOCK_BYTES}`,
      `--io_size=${RANDOM_READS * RANDOM_READ_BYTES}`,
    ],
    rounds,
  });
  const groups = rangesOf(path, DIRECT_BLOCK_BYTES);
  const log = writeLog(`${dataDir}.fio-uring.log`, path, groups);
  compare("DLRM ranges", path, groups, { fioJob: [`--read_iolog=${log}`], rounds });
  fs.rmSync(log);
}

function compare(
  what: string,
  path: string,
  groups: Groups,
  { fioJob, rounds }: { readonly fioJob: readonly string[]; readonly rounds: number },
): void {
  const ours: Pass[] = [], fio: Pass[] = [], psync: Pass[] = [];
  readByUring(path, groups.slice(0, groups.length >> 3)); // compiles what is measured
  for (let round = 0; round < rounds; round++) {
    ours.push(readByUring(path, groups));
    fio.push(readByFio(fioJob));
    psync.push(readByPread(path, groups));
  }
  const over = (others: readonly Pass[], of: (pass: Pass) => number) =>
    ours.map((pass, round) => of(pass) / of(others[round]));
  const rate = (pass: Pass) => pass.bytesPerSecond, cpu = (pass: Pass) => pass.cpuUsPerRead;
  const toFio = over(fio, rate), cpuToFio = over(fio, cpu), toPsync = over(psync, rate);
  printRow({
    what: `direct, ${what}, ${DEPTH} deep: bytes/s against fio io_uring`,
    measured: `${spread(toFio, 2)} x`,
    target: ">= 0.95",
    ok: median(toFio) >= 0.95,
  });
  printRow({
    what: "  CPU per read against fio io_uring",
    measured: `${spread(cpuToFio, 2)} x`,
    target: "<= 1.5",
    ok: median(cpuToFio) <= 1.5,
  });
  printRow({
    what: "  bytes/s against one pread after another",
    measured: `${spread(toPsync, 2)} x`,
    target: ">= 2",
    ok: median(toPsync) >= 2,
  });
  for (
    const [name, passes] of [["mlps io_uring", ours], ["fio io_uring", fio], ["mlps psync", psync]] as const
  ) {
    const rates = `${spread(passes.map((pass) => rate(pass) / 1e9), 2)} GB/s`;
    printRow({
      what: `  ${name}, ${median(passes.map(cpu)).toFixed(1)} us of CPU a read`,
      measured: rates,
      target: "",
    });
  }
}

function randomGroups(path: string): Groups {
  const numBlocks = Math.floor((fs.statSync(path).size - RANDOM_READ_BYTES) / DIRECT_BLOCK_BYTES);
  return Array.from(
    { length: RANDOM_READS / DEPTH },
    () =>
      Array.from(
        { length: DEPTH },
        () => [Math.floor(Math.random() * numBlocks) * DIRECT_BLOCK_BYTES, RANDOM_READ_BYTES] as const,
      ),
  );
}

function readByUring(path: string, groups: Groups): Pass {
  const storage = new UringStorage({ direct: true, depth: DEPTH, numGroups: NUM_GROUPS, onRead: () => {} });
  const file = storage.open(path), ranges = groups.map(toRanges);
  const buffers = Array.from({ length: NUM_GROUPS }, () => alignedBuffer(bufferBytes(ranges)));
  const pass = timePass(ranges, () => {
    let bytes = 0;
    for (let group = 0; group < ranges.length + NUM_GROUPS; group++) {
      const tag = group % NUM_GROUPS;
      if (group >= NUM_GROUPS) bytes += storage.wait(tag);
      if (group >= ranges.length) continue;
      storage.submit(file, ranges[group], buffers[tag], 0, ranges[group].count, tag);
    }
    return bytes;
  });
  storage.close(file);
  storage.closeRing();
  return pass;
}

function readByPread(path: string, groups: Groups): Pass {
  const storage = new PosixStorage({ direct: true, onRead: () => {} });
  const file = storage.open(path), ranges = groups.map(toRanges), buffer = alignedBuffer(bufferBytes(ranges));
  const pass = timePass(ranges, () => {
    let bytes = 0;
    for (const group of ranges) bytes += storage.readRanges(file, group, buffer, 0, group.count);
    return bytes;
  });
  storage.close(file);
  return pass;
}

function timePass(ranges: readonly ReadRanges[], readAll: () => number): Pass {
  const cpuBefore = process.cpuUsage(), beginNs = Bun.nanoseconds();
  const bytes = readAll();
  const seconds = (Bun.nanoseconds() - beginNs) / 1e9, { user, system } = process.cpuUsage(cpuBefore);
  const numReads = ranges.reduce((sum, { count }) => sum + count, 0);
  return { bytesPerSecond: bytes / seconds, cpuUsPerRead: (user + system) / numReads };
}

function toRanges(reads: Groups[number]): ReadRanges {
  const ranges = new ReadRanges(reads.length);
  let at = 0;
  for (const [offset, bytes] of reads) {
    ranges.fileOffset[ranges.count] = offset;
    ranges.bytes[ranges.count] = bytes;
    ranges.bufferOffset[ranges.count++] = at;
    at += bytes;
  }
  ranges.bufferBytes = at;
  return ranges;
}

function bufferBytes(ranges: readonly ReadRanges[]): number {
  return ranges.reduce((most, group) => Math.max(most, group.bufferBytes), 0);
}

/** Writes the reads as fio replays them, and returns where. */
function writeLog(log: string, path: string, groups: Groups): string {
  const lines = ["fio version 2 iolog", `${path} add`, `${path} open`];
  for (const group of groups) {
    for (const [offset, bytes] of group) lines.push(`${path} read ${offset} ${bytes}`);
  }
  fs.writeFileSync(log, [...lines, `${path} close`, ""].join("\n"));
  return log;
}

function readByFio(job: readonly string[]): Pass {
  const common = ["--ioengine=io_uring", `--iodepth=${DEPTH}`, "--direct=1", "--readonly", "--thread=1"];
  const text = runProgram("fio", ["--output-format=json", "--name=reader", ...common, ...job]);
  const { read, job_runtime, usr_cpu, sys_cpu } = JSON.parse(text.slice(text.indexOf("{"))).jobs[0];
  return {
    bytesPerSecond: read.bw_bytes,
    cpuUsPerRead: (usr_cpu + sys_cpu) / 100 * job_runtime * 1000 / read.total_ios,
  };
}
