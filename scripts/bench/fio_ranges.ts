// fio reading the very ranges that mlps reads, of the same files, in the same order, with the same number of threads:
// one I/O log (version 2: no timestamps, as fast as possible) for each thread, extents dealt out in turn.
import fs from "node:fs";
import { join } from "node:path";
import { leafToSlot, selectColumns } from "../../lib/format/parquet/columns.ts";
import { chunkTableAt, chunkTableBytes } from "../../lib/format/parquet/chunk_table.ts";
import { readFileSummary } from "../../lib/format/parquet/footer.ts";
import { readFooter } from "../../lib/format/parquet/read_footer.ts";
import { scanChunks } from "../../lib/format/parquet/scan_chunks.ts";
import { loadWorkload } from "../../lib/config/load.ts";
import { columnsToRead } from "../../lib/dataset/specification.ts";
import { MAX_READ_BYTES, PIECE_BYTES, planRanges, ReadRanges } from "../../lib/plan/read_ranges.ts";
import { evictFiles } from "../../lib/storage/page_cache.ts";
import { runWorkload } from "./dlrm.ts";
import { median, printRow, runProgram, spread } from "./tools.ts";

const NO_COMPUTATION = ["train.computation_time=0", "reader.prefetch_size=64", "reader.io_engine=psync"];
const NO_DECODE = [...NO_COMPUTATION, "reader.decode=none"];

/** Compares bytes per second from the page cache and from storage, `rounds` times in turn. */
export async function benchAgainstFio(dataDir: string, rounds: number): Promise<void> {
  await compareWarm(dataDir, rounds);
  for (const threads of [1, 4]) await compareCold(dataDir, { rounds, threads });
}

function compareWarm(dataDir: string, rounds: number): void {
  const threads = 4, logs = writeLogs(dataDir, { threads, repeats: 4 });
  const ours: number[] = [], decoding: number[] = [], fio: number[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(runWorkload(dataDir, NO_DECODE).requestedBytesPerSecond);
    fio.push(runFio(logs));
    decoding.push(runWorkload(dataDir, NO_COMPUTATION).requestedBytesPerSecond);
  }
  printRatio(`DLRM ranges in the page cache against fio, ${threads} threads`, { ours, fio, target: 0.9 });
  printRow({ what: "  mlps, decode values", measured: `${spread(decoding.map(toGb), 2)} GB/s`, target: "" });
  for (const log of logs) fs.rmSync(log);
}

async function compareCold(
  dataDir: string,
  { rounds, threads }: { readonly rounds: number; readonly threads: number },
): Promise<void> {
  const logs = writeLogs(dataDir, { threads, repeats: 1 });
  const ours: number[] = [], fio: number[] = [];
  const overrides = [...NO_DECODE, "reader.page_cache=evict", `reader.read_threads=${threads}`];
  for (let round = 0; round < rounds; round++) {
    ours.push(runWorkload(dataDir, overrides, { epochs: 1 }).requestedBytesPerSecond);
    await evictFiles(parquetPaths(dataDir));
    fio.push(runFio(logs));
  }
  printRatio(`DLRM ranges, buffered and cold, against fio, ${threads} thread(s)`, {
    ours,
    fio,
    target: 0.95,
  });
  for (const log of logs) fs.rmSync(log);
}

/** Prints the ratio of two series that were measured in turn, and both. */
export function printRatio(
  what: string,
  { ours, fio, target }: {
    readonly ours: readonly number[];
    readonly fio: readonly number[];
    readonly target: number;
  },
): void {
  const ratio = ours.map((rate, round) => rate / fio[round]);
  const ok = median(ratio) >= target;
  printRow({ what, measured: `${spread(ratio, 2)} x`, target: `>= ${target}`, ok });
  printRow({ what: "  mlps", measured: `${spread(ours.map(toGb), 2)} GB/s`, target: "" });
  printRow({ what: "  fio psync", measured: `${spread(fio.map(toGb), 2)} GB/s`, target: "" });
}

function toGb(bytesPerSecond: number): number {
  return bytesPerSecond / 1e9;
}

/** Returns the files of a dataset in their order. */
export function parquetPaths(dataDir: string): string[] {
  const folder = join(dataDir, "train");
  return fs.readdirSync(folder).filter((name) => name.endsWith(".parquet")).sort().map((name) =>
    join(folder, name)
  );
}

/** Writes one log a thread and returns their paths. */
function writeLogs(
  dataDir: string,
  { threads, repeats }: { readonly threads: number; readonly repeats: number },
): string[] {
  const lines = Array.from({ length: threads }, () => ["fio version 2 iolog"]);
  const paths = parquetPaths(dataDir);
  for (const thread of lines) for (const path of paths) thread.push(`${path} add`, `${path} open`);
  let extent = 0;
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const path of paths) {
      for (const ranges of rangesOf(path)) {
        lines[extent++ % threads].push(...ranges.map(([offset, bytes]) => `${path} read ${offset} ${bytes}`));
      }
    }
  }
  return lines.map((thread, index) => {
    const log = `${dataDir}.fio-${index}.log`;
    for (const path of paths) thread.push(`${path} close`);
    fs.writeFileSync(log, thread.join("\n") + "\n");
    return log;
  });
}

/** Returns the offset and length of each read of each row group, in whole blocks of `alignBytes`. */
export function rangesOf(path: string, alignBytes = 1): [number, number][][] {
  const fd = fs.openSync(path, "r");
  const fileBytes = fs.fstatSync(fd).size;
  const metadata = readFooter(fd, fileBytes, path);
  fs.closeSync(fd);
  const { schema, rowGroupRows } = readFileSummary(metadata, path);
  const columns = selectColumns(schema, columnsToRead(loadWorkload("dlrm_b200").workload), path);
  const bytes = chunkTableBytes(rowGroupRows.length, columns.length);
  const table = chunkTableAt(new ArrayBuffer(bytes), 0, rowGroupRows.length, columns.length);
  scanChunks(metadata, leafToSlot(schema, columns), table, { path, fileBytes });
  const ranges = new ReadRanges(columns.length);
  return Array.from(rowGroupRows, (_, rowGroup) => {
    planRanges(ranges, table, rowGroup * columns.length, {
      gapBytes: 8192,
      maxReadBytes: MAX_READ_BYTES,
      alignBytes,
      pieceBytes: PIECE_BYTES,
    });
    return Array.from(
      { length: ranges.count },
      (_, range): [number, number] => [ranges.fileOffset[range], ranges.bytes[range]],
    );
  });
}

function runFio(logs: readonly string[]): number {
  return readWithFio([
    "--invalidate=0",
    "--fadvise_hint=0",
    ...logs.flatMap((log, index) => [`--name=reader${index}`, `--read_iolog=${log}`]),
  ]);
}

/** Runs fio's jobs in threads that use pread, and returns their bytes per second together. */
export function readWithFio(jobs: readonly string[]): number {
  const common = ["--output-format=json", "--ioengine=psync", "--thread=1", "--group_reporting"];
  const text = runProgram("fio", [...common, ...jobs]);
  return JSON.parse(text.slice(text.indexOf("{"))).jobs[0].read.bw_bytes;
}
