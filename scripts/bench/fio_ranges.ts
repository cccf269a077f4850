// fio reading the very ranges that mlps reads, of the same files, in the same order, with the same number of threads:
// one I/O log (version 2: no timestamps, as fast as possible) for each thread, extents dealt out in turn.
import fs from "node:fs";
import { leafToSlot, selectColumns } from "../../lib/format/parquet/columns.ts";
import { chunkTableAt, chunkTableBytes } from "../../lib/format/parquet/chunk_table.ts";
import { readFileSummary } from "../../lib/format/parquet/footer.ts";
import { readFooter } from "../../lib/format/parquet/read_footer.ts";
import { scanChunks } from "../../lib/format/parquet/scan_chunks.ts";
import { loadWorkload } from "../../lib/config/load.ts";
import { columnsToRead } from "../../lib/dataset/specification.ts";
import { MAX_READ_BYTES, PIECE_BYTES, planRanges, ReadRanges } from "../../lib/plan/read_ranges.ts";
import { runWorkload } from "./dlrm.ts";
import { hasProgram, median, printRow, runProgram, spread } from "./tools.ts";

const THREADS = 4;
const REPEATS = 4;

/** Compares bytes per second, buffered and in the page cache, `rounds` times in turn. */
export function benchAgainstFio(dataDir: string, rounds: number): void {
  if (!hasProgram("fio")) {
    printRow({
      what: "bytes/s against fio, same ranges",
      measured: "skipped: fio is not installed",
      target: ">= 0.9",
    });
    return;
  }
  const logs = writeLogs(dataDir);
  const ours: number[] = [], decoding: number[] = [], fio: number[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(
      runWorkload(dataDir, ["train.computation_time=0", "reader.decode=none", "reader.prefetch_size=64"])
        .requestedBytesPerSecond,
    );
    fio.push(runFio(logs));
    decoding.push(
      runWorkload(dataDir, ["train.computation_time=0", "reader.prefetch_size=64"]).requestedBytesPerSecond,
    );
  }
  const ratio = ours.map((rate, round) => rate / fio[round]);
  const gb = (rates: readonly number[]) => `${spread(rates.map((rate) => rate / 1e9), 2)} GB/s`;
  printRow({
    what: `bytes/s against fio, same ranges, ${THREADS} threads`,
    measured: `${spread(ratio, 2)} x`,
    target: ">= 0.9",
    ok: median(ratio) >= 0.9,
  });
  printRow({ what: "  mlps, decode none", measured: gb(ours), target: "" });
  printRow({ what: "  mlps, decode values", measured: gb(decoding), target: "" });
  printRow({ what: "  fio psync", measured: gb(fio), target: "" });
  for (const log of logs) fs.rmSync(log);
}

function writeLogs(dataDir: string): string[] {
  const lines = Array.from({ length: THREADS }, () => ["fio version 2 iolog"]);
  const folder = `${dataDir}/train`;
  const paths = fs.readdirSync(folder).filter((name) => name.endsWith(".parquet")).sort().map((name) =>
    `${folder}/${name}`
  );
  for (const thread of lines) for (const path of paths) thread.push(`${path} add`, `${path} open`);
  let extent = 0;
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    for (const path of paths) {
      for (const ranges of rangesOf(path)) {
        lines[extent++ % THREADS].push(...ranges.map(([offset, bytes]) => `${path} read ${offset} ${bytes}`));
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

/** Returns the offset and length of each read of each row group. */
function rangesOf(path: string): [number, number][][] {
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
      alignBytes: 1,
      pieceBytes: PIECE_BYTES,
    });
    return Array.from(
      { length: ranges.count },
      (_, range): [number, number] => [ranges.fileOffset[range], ranges.bytes[range]],
    );
  });
}

/** Returns fio's bytes per second over all threads. */
function runFio(logs: readonly string[]): number {
  const jobs = logs.flatMap((log, index) => [`--name=reader${index}`, `--read_iolog=${log}`]);
  const text = runProgram("fio", [
    "--output-format=json",
    "--ioengine=psync",
    "--thread=1",
    "--invalidate=0",
    "--group_reporting",
    ...jobs,
  ]);
  return JSON.parse(text.slice(text.indexOf("{"))).jobs[0].read.bw_bytes;
}
