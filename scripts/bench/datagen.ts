// Generation: to memory-backed storage per core, and to disk beside fio writing as many bytes sequentially in the same
// run. Every file made here is removed.
import fs from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { hasProgram, median, MLPS, printRow, runProgram, spread } from "./tools.ts";

const MEMORY_FOLDER = "/dev/shm/mlps-bench";
const FILES = 2, ROW_GROUPS = 200; // 1.1 GB a file

/** Measures `rounds` times; `folder` is on the disk. */
export function benchDatagen(folder: string, rounds: number): void {
  const memory = repeat(rounds, () => generate(MEMORY_FOLDER, 1));
  const target = ">= 1 GB/s";
  printRow({
    what: "datagen to /dev/shm, 1 thread",
    measured: `${spread(memory, 2)} GB/s`,
    target,
    ok: median(memory) >= 1,
  });
  const cores = availableParallelism();
  const all = repeat(rounds, () => generate(MEMORY_FOLDER, cores) / cores);
  printRow({
    what: `datagen to /dev/shm, ${cores} threads, per core`,
    measured: `${spread(all, 2)} GB/s`,
    target,
    ok: median(all) >= 1,
  });
  if (!hasProgram("fio")) {
    printRow({
      what: "datagen to disk against fio",
      measured: "skipped: fio is not installed",
      target: ">= 0.9",
    });
    return;
  }
  const ours: number[] = [], fio: number[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(generate(join(folder, "datagen"), cores));
    fio.push(writeWithFio(join(folder, "fio"), cores));
  }
  const ratio = ours.map((rate, round) => rate / fio[round]);
  printRow({
    what: `datagen to disk against fio, ${cores} threads, fsync`,
    measured: `${spread(ratio, 2)} x`,
    target: ">= 0.9",
    ok: median(ratio) >= 0.9,
  });
  printRow({ what: "  mlps", measured: `${spread(ours, 2)} GB/s`, target: "" });
  printRow({
    what: "  fio, 1 MiB sequential writes, end_fsync",
    measured: `${spread(fio, 2)} GB/s`,
    target: "",
  });
}

function repeat(rounds: number, measure: () => number): number[] {
  return Array.from({ length: rounds }, measure);
}

/** Returns GB/s of a generation into `folder`, which must not exist and is removed. */
function generate(folder: string, threads: number): number {
  const sets = [`dataset.num_files_train=${FILES}`, `dataset.num_samples_per_file=${ROW_GROUPS * 6144}`];
  const text = runProgram(MLPS, [
    ...["datagen", "dlrm_b200", "--data-dir", folder, "--threads", String(threads), "--json", "-q"],
    ...sets.flatMap((set) => ["--set", set]),
  ]);
  fs.rmSync(folder, { recursive: true });
  const { bytes_written, elapsed_seconds } = JSON.parse(text);
  return bytes_written / elapsed_seconds / 1e9;
}

/** Returns GB/s of fio writing the same number of bytes with as many threads. */
function writeWithFio(folder: string, threads: number): number {
  fs.mkdirSync(folder, { recursive: true });
  const text = runProgram("fio", [
    ...[
      "--name=write",
      `--directory=${folder}`,
      "--rw=write",
      "--bs=1M",
      `--size=${ROW_GROUPS * 5.5}M`,
      "--ioengine=psync",
    ],
    ...[
      `--numjobs=${threads}`,
      "--thread=1",
      "--end_fsync=1",
      "--fallocate=none",
      "--group_reporting",
      "--output-format=json",
    ],
  ]);
  fs.rmSync(folder, { recursive: true });
  const { write } = JSON.parse(text.slice(text.indexOf("{"))).jobs[0];
  return write.bw_bytes / 1e9;
}
