// One reader thread with direct I/O, 1 MiB after another, against fio on the same file: a column whose chunk of a row
// group is 1 MiB, so that a row group is one read.
import fs from "node:fs";
import { join } from "node:path";
import { printRatio, readWithFio } from "./fio_ranges.ts";
import { median, MLPS, runProgram } from "./tools.ts";

const FILE_NAME = "img_0_of_1.parquet", EPOCHS = 4;
const WORKLOAD = `model: { name: sequential }
dataset:
  format: parquet
  num_files_train: 1
  num_samples_per_file: 134217728
  compression: none
  parquet:
    row_group_size: 131072
    columns: [{ name: value, dtype: int64 }]
reader: { batch_size: 131072, read_threads: 1, prefetch_size: 64, odirect: true, decode: none, io_engine: psync }
train: { epochs: ${EPOCHS} }
`;

/** Compares bytes per second, `rounds` times in turn. */
export function benchDirect(folder: string, rounds: number): void {
  fs.mkdirSync(folder, { recursive: true });
  const workload = join(folder, "sequential.yaml"), results = join(folder, "results");
  fs.writeFileSync(workload, WORKLOAD);
  const common = [workload, "--data-dir", join(folder, "data"), "-q"];
  runProgram(MLPS, ["datagen", ...common]);
  const ours: number[] = [], fio: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const text = runProgram(MLPS, ["run", ...common, "--results-dir", results, "--json"]);
    const epochs = JSON.parse(text).mlps.epochs as { requested_bytes_per_second: number }[];
    ours.push(median(epochs.map((epoch) => epoch.requested_bytes_per_second)));
    const path = join(folder, "data/train", FILE_NAME);
    fio.push(
      readWithFio(["--name=direct", `--filename=${path}`, "--direct=1", "--bs=1M", `--loops=${EPOCHS}`]),
    );
  }
  printRatio("direct I/O, 1 MiB sequential, 1 thread, against fio", { ours, fio, target: 0.98 });
  fs.rmSync(folder, { recursive: true });
}
